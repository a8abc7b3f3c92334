import type { AgentAnswer, AgentsAnswer } from '@agent-vitals/contract';

/**
 * Asks the processor for the fleet, as any client would, and writes it as a table.
 *
 * @param httpAddress - Where REST is.
 * @returns Lines, one an agent.
 */
export async function summarize(httpAddress: string): Promise<readonly string[]> {
  const response = await fetch(`${httpAddress}/api/health/agents?limit=1000`);
  const { agents } = (await response.json()) as AgentsAnswer;
  const nowMs = Date.now();
  const sorted = [...agents].sort((one, other) => (one.agent_id < other.agent_id ? -1 : 1));
  return ['agent           session   status     last seen', ...sorted.map((agent) => row(agent, nowMs))];
}

/**
 * Asks the processor when an exhausted agent is back.
 *
 * @param httpAddress - Where REST is.
 * @param id - The agent's.
 * @returns The answer in words; undefined where it is not exhausted any more.
 */
export async function describeRecovery(httpAddress: string, id: string): Promise<string | undefined> {
  const response = await fetch(`${httpAddress}/api/health/agent/${encodeURIComponent(id)}`);
  const { exhausted } = (await response.json()) as AgentAnswer;
  if (exhausted?.recovery_at == null) return undefined;
  const left = seconds(Date.parse(exhausted.recovery_at) - Date.now());
  return `out by ${exhausted.reason} of ${exhausted.scope}, back in ${left}`;
}

function row(agent: AgentAnswer, nowMs: number): string {
  const seen = agent.last_seen === null ? 'never' : `${seconds(nowMs - Date.parse(agent.last_seen))} ago`;
  return [
    agent.agent_id.padEnd(16),
    (agent.session_id ?? '').padEnd(10),
    agent.state.padEnd(11),
    seen.padEnd(12),
    detail(agent, nowMs),
  ]
    .join('')
    .trimEnd();
}

function detail({ exhausted, error_message, state }: AgentAnswer, nowMs: number): string {
  if (exhausted?.recovery_at != null) return `back in ${seconds(Date.parse(exhausted.recovery_at) - nowMs)}`;
  return state === 'error' ? (error_message ?? '') : '';
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}
