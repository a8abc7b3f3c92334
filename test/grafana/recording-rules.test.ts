import { describe, expect, it } from 'vitest';
import { recorded, recordingRules } from '../../grafana/recording-rules.ts';

describe('recording rules', () => {
  it('record each series once, under level:metric:operation', () => {
    const records = recordingRules.map(({ record }) => record);
    expect(records.toSorted()).toEqual(Object.values(recorded).toSorted());
    expect(new Set(records).size).toBe(records.length);
    for (const record of records) expect(record).toMatch(/^(fleet|scope|type):vitals_[a-z_]+:[a-z0-9]+$/);
  });

  it('keep no label of a single agent, so that they are as few at 100,000 agents as at 10', () => {
    for (const { record, expr } of recordingRules) {
      expect(expr, record).toMatch(/^(sum|min|max|count_values)\b/);
      expect(expr, record).not.toMatch(/by [^)]*vitals_agent_id|vitals_session_id|without/);
    }
  });

  it('are described by a sentence each', () => {
    for (const { description } of recordingRules) expect(description).toMatch(/^[A-Z].{20,}\.$/);
  });
});
