import {
  type App,
  type Config,
  ConfigError,
  createApp,
  createLog,
  formatProblem,
  type Log,
  loadConfig,
  StartError,
  systemClock,
} from '../processor/index.ts';
import type { Command } from './arguments.ts';
import { ExitCode } from './exit-code.ts';
import { type StopRequest, stopRequest } from './stop-request.ts';

/** Longer than the processor allows itself: then something hangs that it can't know of. */
const stopWithinMs = 5_000;

/**
 * Runs the processor until it is told to stop.
 *
 * @param command - The configuration file and the log's options.
 * @returns The exit code: 0 stopped as asked, 1 the configuration or the start failed, or it didn't stop in time.
 */
export async function up({ configFile, logLevel, logFormat }: Command & { name: 'up' }): Promise<number> {
  // Lost lines are no reason to stop: whoever read them may have ended first.
  process.stderr.on('error', () => {});
  const log = createLog({
    write: (line) => process.stderr.write(line),
    now: Date.now,
    level: logLevel,
    format: logFormat,
  });
  const stop = stopRequest(() => {
    log.warn('cannot reload as that is not built yet: restart to use another configuration');
  });
  const config = load(configFile, log);
  if (config === undefined) return ExitCode.failed;
  const app = createApp(config, { clock: systemClock(), log });
  if (!(await start(app, log))) return ExitCode.failed;
  surviveFailures(log);
  return stopOnRequest(app, stop, log);
}

function load(file: string | undefined, log: Log): Config | undefined {
  try {
    const { config, warnings } = loadConfig({ file, env: process.env });
    for (const warning of warnings) log.warn(warning);
    return config;
  } catch (error) {
    tell(error, log);
    return undefined;
  }
}

async function start(app: App, log: Log): Promise<boolean> {
  try {
    await app.start();
    return true;
  } catch (error) {
    tell(error, log);
    return false;
  }
}

/** @throws What neither the configuration nor the machine is to blame for. */
function tell(error: unknown, log: Log): void {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) log.error(formatProblem(problem));
  } else if (error instanceof StartError) log.error(error.message);
  else throw error;
}

async function stopOnRequest(app: App, { requested }: StopRequest, log: Log): Promise<number> {
  const reason = await requested;
  log.info('stopping', { reason });
  const hung = setTimeout(() => {
    log.error('stopped the hard way', { after_ms: stopWithinMs });
    process.exit(ExitCode.failed);
  }, stopWithinMs);
  await app.stop();
  clearTimeout(hung);
  log.info('stopped');
  return ExitCode.done;
}

/** A monitor that ends because of one bad moment is worth less than one that goes on: what slipped through is told. */
function surviveFailures(log: Log): void {
  const told = new Set<string>();
  const tell = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (told.has(text) || told.size >= 100) return;
    told.add(text);
    log.error('failed unexpectedly, and goes on', { error: text });
  };
  process.on('uncaughtException', tell);
  process.on('unhandledRejection', tell);
}
