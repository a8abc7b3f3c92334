import { fileURLToPath } from 'node:url';
import { type RunningProcess, spawnProcess } from '../../support/process.ts';

/** Starts one of programs/ from source; it takes half a second to start. */
export function run(
  program: string,
  args: readonly string[],
  { nodeOptions = [], env = {} }: { nodeOptions?: readonly string[]; env?: Record<string, string> } = {},
): RunningProcess {
  const file = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  const options = ['--conditions=@agent-vitals/source', ...nodeOptions];
  return spawnProcess(process.execPath, [...options, file, ...args], { env });
}
