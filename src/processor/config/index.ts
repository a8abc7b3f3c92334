export type { Config, DeclaredAgent, TokenConfig } from './config.ts';
export { ConfigError, type ConfigProblem, formatProblem, type Place } from './config-error.ts';
export { renderConfigurationDocs } from './documentation.ts';
export { type Endpoint, formatEndpoint, isLoopback } from './endpoint.ts';
export { type ConfigRequest, type LoadedConfig, loadConfig, readConfigFile } from './load-config.ts';
export { redactConfig } from './redact-config.ts';
