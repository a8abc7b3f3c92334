import type { KeyDefinition } from './keys.ts';

/** A variable of another name than `AGENT_VITALS_…`, which wins over it. */
export interface ForeignVariable {
  readonly name: string;
  /** How its text is read; a text that equals the default says nothing. */
  readonly definition: KeyDefinition;
  /** The keys that it sets, and each one's text for its own; none while no key has a place for it. */
  readonly sets: readonly { readonly key: string; readonly toText: (text: string) => string }[];
}

/**
 * Variables that are read beside our own. Their names are common: until its feature is built, one that is set is no
 * mistake but earns a warning.
 */
// biome-ignore format: a table is read by its columns
export const foreignVariables: readonly ForeignVariable[] = [
  { name: 'HEALTH_POLLING_INTERVAL',
    definition: { type: 'number', default: 30, min: 1, max: 86_400, built: false, description: 'Seconds between two `health:update` events; sets `live.update_interval`.' },
    sets: [{ key: 'live.update_interval', toText: (seconds) => `${Math.round(Number(seconds) * 1000)}ms` }] },
  { name: 'HEALTH_POLLING_ENABLED',
    definition: { type: 'flag', default: true, built: false, description: '`false`: no `health:update` events.' },
    sets: [] },
  { name: 'ALERT_ERROR_RATE_THRESHOLD',
    definition: { type: 'number', default: 0.5, min: 0, max: 1, built: true, description: 'The error rate above which an agent raises `AgentErrorRateHigh`.' },
    sets: [{ key: 'alerts.rules.AgentErrorRateHigh.threshold', toText: (ratio) => ratio }] },
  { name: 'ALERT_LATENCY_THRESHOLD',
    definition: { type: 'number', default: 5000, min: 0, max: 86_400_000, built: true, description: 'The milliseconds above which an integration raises `IntegrationSlow`.' },
    sets: [{ key: 'alerts.rules.IntegrationSlow.threshold', toText: (ms) => `${Math.round(Number(ms))}ms` }] },
  { name: 'ALERT_QUEUE_DEPTH_THRESHOLD',
    definition: { type: 'count', default: 100, min: 1, max: 1_000_000_000, built: true, description: 'The queue depth above which an agent raises `QueueDeep` as a warning; above twice it, as critical.' },
    sets: [
      { key: 'alerts.rules.QueueDeep.threshold.warning', toText: (items) => items },
      { key: 'alerts.rules.QueueDeep.threshold.critical', toText: (items) => String(2 * Number(items)) },
    ] },
];
