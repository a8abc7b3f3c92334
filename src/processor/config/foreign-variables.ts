import type { KeyDefinition } from './keys.ts';

/** A variable of another name than `AGENT_VITALS_…`, which wins over it. */
export interface ForeignVariable {
  readonly name: string;
  /** How its text is read; a text that equals the default says nothing. */
  readonly definition: KeyDefinition;
  /** The key that it sets, and that key's text for its own; absent while no key has a place for it. */
  readonly sets?: { readonly key: string; readonly toText: (text: string) => string };
}

/**
 * Variables that are read beside our own. Their names are common: until its feature is built, one that is set is no
 * mistake but earns a warning.
 */
// biome-ignore format: a table is read by its columns
export const foreignVariables: readonly ForeignVariable[] = [
  { name: 'HEALTH_POLLING_INTERVAL',
    definition: { type: 'number', default: 30, min: 1, max: 86_400, built: false, description: 'Seconds between two `health:update` events; sets `live.update_interval`.' },
    sets: { key: 'live.update_interval', toText: (seconds) => `${Math.round(Number(seconds) * 1000)}ms` } },
  { name: 'HEALTH_POLLING_ENABLED',
    definition: { type: 'flag', default: true, built: false, description: '`false`: no `health:update` events.' } },
  { name: 'ALERT_ERROR_RATE_THRESHOLD',
    definition: { type: 'number', default: 0.5, min: 0, max: 1, built: false, description: 'The error rate above which an agent raises an alert.' } },
  { name: 'ALERT_LATENCY_THRESHOLD',
    definition: { type: 'number', default: 5000, min: 0, built: false, description: 'The milliseconds above which an integration raises an alert.' } },
  { name: 'ALERT_QUEUE_DEPTH_THRESHOLD',
    definition: { type: 'number', default: 100, min: 0, built: false, description: 'The queue depth above which an agent raises a warning; above twice it, a critical alert.' } },
];
