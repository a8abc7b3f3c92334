import { ConfigError, loadConfig } from '../processor/index.ts';
import { ExitCode } from './exit-code.ts';

/**
 * Checks a configuration file, with the environment that `up` would have.
 *
 * @param file - Its path.
 * @returns The exit code: 0 it can be used, 1 it can't.
 */
export function checkConfig(file: string): number {
  try {
    const { warnings } = loadConfig({ file, env: process.env });
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    process.stdout.write(`${file} is fine\n`);
    return ExitCode.done;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return ExitCode.failed;
  }
}
