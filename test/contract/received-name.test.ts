import {
  agentMetricKeys,
  agentMetricOfName,
  attributeOfName,
  attributes,
  type MetricKey,
  metrics,
  prometheusLabel,
  prometheusName,
  prometheusNameWithoutSuffixes,
} from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';

describe('agentMetricOfName', () => {
  it.each(agentMetricKeys)('understands %s dotted and translated, with suffixes and without', (key) => {
    expect(agentMetricOfName(metrics[key].name)).toBe(key);
    expect(agentMetricOfName(prometheusName(metrics[key]))).toBe(key);
    expect(agentMetricOfName(prometheusNameWithoutSuffixes(metrics[key].name))).toBe(key);
  });

  it.each([
    ['vitals.agent.heartbeats', 'heartbeats'],
    ['vitals_agent_heartbeats_total', 'heartbeats'],
    ['vitals_agent_heartbeats', 'heartbeats'],
    ['vitals_agent_state_time_seconds_total', 'stateTime'],
    ['vitals_agent_state_time_total', 'stateTime'],
    ['vitals_agent_state_time_seconds', 'stateTime'],
    ['vitals_agent_exhausted_recovery_time_seconds', 'exhaustedRecoveryTime'],
    ['process_unix_file_descriptor_count', 'processFileDescriptorCount'],
  ])('reads %s as %s', (name, key) => {
    expect(agentMetricOfName(name)).toBe(key);
  });

  it('does not take what the processor concludes for what an agent says', () => {
    const concluded = (Object.keys(metrics) as MetricKey[]).filter((key) => !agentMetricKeys.includes(key));
    expect(concluded.length).toBeGreaterThan(0);
    for (const key of concluded) {
      expect(agentMetricOfName(metrics[key].name)).toBeUndefined();
      expect(agentMetricOfName(prometheusName(metrics[key]))).toBeUndefined();
    }
  });

  it.each(['', 'vitals.agent', 'vitals.agent.heartbeats.total', 'constructor'])('knows no %j', (name) => {
    expect(agentMetricOfName(name)).toBeUndefined();
  });
});

describe('attributeOfName', () => {
  it.each(Object.values(attributes))('understands %s dotted and as a label', (attribute) => {
    expect(attributeOfName(attribute)).toBe(attribute);
    expect(attributeOfName(prometheusLabel(attribute))).toBe(attribute);
  });

  it('knows no other', () => {
    expect(attributeOfName('vitals.agent')).toBeUndefined();
  });
});
