import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const agentScript = fileURLToPath(new URL('./agent.ts', import.meta.url));

/**
 * Starts an agent as a process of its own.
 *
 * @param id - One of the fleet's.
 * @param otlpAddress - Where it sends its telemetry to.
 * @param onError - Gets what it writes to standard error.
 */
export function startAgent(id: string, otlpAddress: string, onError: (text: string) => void): ChildProcess {
  const child = spawn(process.execPath, [...process.execArgv, agentScript, id, otlpAddress], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => onError(text.trimEnd()));
  return child;
}

/** How a process ended, in words; settles when it has, or could not even start. */
export function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null)
      resolve(endInWords(child.exitCode, child.signalCode));
    child.once('error', (error) => resolve(`before it began: ${error.message}`));
    child.once('exit', (code, signal) => resolve(endInWords(code, signal)));
  });
}

function endInWords(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}

/** Asks processes to stop, and kills those that are still there after a while. */
export async function stopAll(children: Iterable<ChildProcess>, withinMs: number): Promise<void> {
  const stopping = [...children].map(async (child) => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
    await endOf(child);
    clearTimeout(timer);
  });
  await Promise.all(stopping);
}
