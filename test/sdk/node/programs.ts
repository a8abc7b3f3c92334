import { fileURLToPath } from 'node:url';
import { type RunningProcess, spawnProcess } from '../../support/process.ts';

/** Starts one of programs/ from source; it takes half a second to start. */
export function run(
  program: string,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): RunningProcess {
  const file = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  return spawnProcess(process.execPath, ['--conditions=@agent-vitals/source', ...nodeOptions, file, ...args]);
}
