import type { AgentStatus, AlertSeverity, IntegrationStatus, SessionHealth } from '@agent-vitals/contract';

// Grafana's own names of colours, so that they fit the light and the dark theme.

/** Green works, blue is meant to be, purple and grey say nothing against the agent, the rest wants a look. */
export const statusColors: Readonly<Record<AgentStatus, string>> = {
  idle: 'light-green',
  busy: 'green',
  on_call: 'dark-green',
  waiting: 'light-blue',
  paused: 'purple',
  stopped: 'dark-purple',
  unknown: '#8e8e8e',
  exhausted: 'yellow',
  stalled: 'orange',
  error: 'red',
  offline: 'dark-red',
};

export const sessionColors: Readonly<Record<SessionHealth, string>> = {
  healthy: 'green',
  degraded: 'yellow',
  critical: 'dark-red',
  failed: 'red',
  empty: '#8e8e8e',
};

export const integrationColors: Readonly<Record<IntegrationStatus, string>> = {
  healthy: 'green',
  degraded: 'yellow',
  error: 'red',
};

/** By the lower end of a tenth of the score. */
export const scoreColors: Readonly<Record<string, string>> = {
  '0': 'dark-red',
  '0.1': 'dark-red',
  '0.2': 'red',
  '0.3': 'red',
  '0.4': 'light-red',
  '0.5': 'orange',
  '0.6': 'yellow',
  '0.7': 'light-yellow',
  '0.8': 'light-green',
  '0.9': 'green',
};

export const severityColors: Readonly<Record<AlertSeverity, string>> = {
  critical: 'red',
  warning: 'orange',
  info: 'blue',
};
