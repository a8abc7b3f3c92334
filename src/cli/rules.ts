import { alertRuleFile, ConfigError, loadConfig } from '../processor/index.ts';
import type { Command } from './arguments.ts';
import { ExitCode } from './exit-code.ts';

/**
 * Prints the rules for Prometheus, with the thresholds of a configuration and of the environment that `up` would have.
 *
 * @param command - The configuration file, if there is one.
 * @returns The exit code: 0 they were printed, 1 the configuration can't be used.
 */
export function rules({ configFile }: Command & { name: 'rules' }): number {
  try {
    const { config } = loadConfig({ file: configFile, env: process.env });
    process.stdout.write(alertRuleFile(config, configFile));
    return ExitCode.done;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return ExitCode.failed;
  }
}
