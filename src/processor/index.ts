export { type Addresses, type App, type AppOptions, createApp } from './app.ts';
export { type Clock, systemClock } from './clock.ts';
export { type Config, ConfigError, formatProblem, loadConfig } from './config/index.ts';
export { nearest } from './config/suggest.ts';
export {
  createLog,
  type Log,
  type LogFields,
  type LogFormat,
  type LogLevel,
  logFormats,
  logLevels,
} from './log.ts';
export { alertRuleFile } from './rules/alert-rule-file.ts';
export { StartError } from './start-error.ts';
export { version } from './version.ts';
