/** The command `agent-vitals`. */
import { version } from '../processor/index.ts';
import { type Command, parseCommandLine } from './arguments.ts';
import { checkConfig } from './check-config.ts';
import { ExitCode } from './exit-code.ts';
import { helpText } from './help.ts';
import { rules } from './rules.ts';
import { up } from './up.ts';
import { UsageError } from './usage-error.ts';

async function run(command: Command): Promise<number> {
  switch (command.name) {
    case 'help':
      process.stdout.write(helpText);
      return ExitCode.done;
    case 'version':
      process.stdout.write(`${version}\n`);
      return ExitCode.done;
    case 'check-config':
      return checkConfig(command.configFile);
    case 'rules':
      return rules(command);
    case 'up':
      return up(command);
  }
}

async function main(): Promise<number> {
  try {
    return await run(parseCommandLine(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\nagent-vitals --help shows what there is.\n`);
    return ExitCode.usage;
  }
}

process.exit(await main());
