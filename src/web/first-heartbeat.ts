/**
 * Tells where the receiver is reached from here: one that listens on every address is at the page's own host.
 *
 * @param listens - Where it listens, such as `http://0.0.0.0:4318`.
 * @param pageHost - The host that the page came from, an IPv6 address in brackets.
 * @example
 * ```ts
 * reachedAt('http://0.0.0.0:4318', 'vitals.example'); // 'http://vitals.example:4318'
 * ```
 */
export function reachedAt(listens: string, pageHost: string): string {
  return listens.replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=:|$)/, `$1${pageHost}`);
}

/**
 * Writes the command that sends one heartbeat from a shell, as a delta of 1.
 *
 * @param otlpAddress - Where the OTLP receiver listens, such as `http://127.0.0.1:4318`.
 */
export function heartbeatCommand(otlpAddress: string): string {
  return `curl -sS ${otlpAddress}/v1/metrics -H 'Content-Type: application/json' -d '{
  "resourceMetrics": [{ "scopeMetrics": [{ "scope": { "name": "agent-vitals" }, "metrics": [{
    "name": "vitals.agent.heartbeats",
    "sum": { "aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [{
      "asInt": "1",
      "timeUnixNano": "'$(date +%s)000000000'",
      "attributes": [{ "key": "vitals.agent.id", "value": { "stringValue": "my-first-agent" } }]
    }] }
  }] }] }]
}'`;
}

/**
 * Writes the code that instruments an agent.
 *
 * @param otlpAddress - Where the OTLP receiver listens.
 */
export function agentCode(otlpAddress: string): string {
  return `import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';

startVitals({ endpoint: '${otlpAddress}' });
const agent = registerAgent({ id: 'my-second-agent' });`;
}
