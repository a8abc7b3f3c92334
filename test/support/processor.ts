import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './folder.ts';
import { type RunningProcess, spawnProcess } from './process.ts';

/** The command, as users start it. */
export const agentVitals = fileURLToPath(new URL('../../src/bin/agent-vitals.js', import.meta.url));

/** Lets the system choose the ports. */
export const freePorts = {
  AGENT_VITALS_HTTP_ENDPOINT: '127.0.0.1:0',
  AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT: '127.0.0.1:0',
};

/**
 * Runs the processor as a process of its own, in a folder of its own: there it keeps its store.
 *
 * @example
 * const processor = up(['--config', file]);
 * const http = await addressOf(processor, 'http.endpoint');
 */
export function up(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = freePorts,
  cwd: string = temporaryFolder(),
): RunningProcess {
  return spawnProcess(process.execPath, [agentVitals, 'up', ...args], { env, cwd });
}

/** Where it listens, once it is ready. */
export async function addressOf(
  processor: RunningProcess,
  key: 'http.endpoint' | 'receivers.otlp.http.endpoint',
): Promise<string> {
  await processor.waitForLine(/ready name=/);
  const [, address] = await processor.waitForLine(new RegExp(`listening key=${key} address=(\\S+)`));
  return address ?? '';
}
