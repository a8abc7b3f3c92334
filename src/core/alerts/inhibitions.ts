import { attributes, prometheusLabel } from '@agent-vitals/contract';

/** While an alert that fits `source` and has all `equal` labels fires, those that fit `target` and have the same are not sent. */
export interface Inhibition {
  readonly because: string;
  /** By label. */
  readonly source: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
  readonly equal: readonly string[];
}

/** Which alert silences which: of the webhook's path, and of Alertmanager's, whose `inhibit_rules` are made from it. */
export const inhibitions: readonly Inhibition[] = [
  {
    because: 'A way in that is silent as a whole says nothing of its agents.',
    source: { alertname: 'TelemetryGap' },
    target: { alertname: 'AgentOffline' },
    equal: [prometheusLabel(attributes.pipelineName)],
  },
  {
    because: 'Several agents out of quota on one account are one incident.',
    source: { alertname: 'AccountExhausted' },
    target: { alertname: 'AgentExhausted' },
    equal: [prometheusLabel(attributes.exhaustedScope)],
  },
  {
    because: 'An agent that waits for its quota may be silent.',
    source: { alertname: 'AgentExhausted' },
    target: { alertname: 'AgentOffline' },
    equal: [prometheusLabel(attributes.agentId)],
  },
  {
    because: "Whoever knows the worst of something needn't hear the rest.",
    source: { severity: 'critical' },
    target: { severity: 'warning' },
    equal: ['scope', 'subject'],
  },
];
