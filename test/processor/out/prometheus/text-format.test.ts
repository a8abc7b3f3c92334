import { metrics } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import {
  familyHeader,
  formatValue,
  label,
  labelsByValue,
} from '../../../../src/processor/out/prometheus/text-format.ts';

describe('label', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['C:\\bot', 'C:\\\\bot'],
    ['say "hi"', 'say \\"hi\\"'],
    ['two\nlines', 'two\\nlines'],
    ['\\n', '\\\\n'],
    ['\\"\n\\', '\\\\\\"\\n\\\\'],
    ['tab\tand\rreturn', 'tab\tand\rreturn'],
    ['エージェント 🙂', 'エージェント 🙂'],
  ])('writes %j as "%s"', (value, escaped) => {
    expect(label('vitals.agent.id', value)).toBe(`vitals_agent_id="${escaped}"`);
  });
});

it('labelsByValue writes each value of an attribute once', () => {
  expect(labelsByValue('vitals.session.state', ['healthy', 'empty'])).toEqual({
    healthy: 'vitals_session_state="healthy"',
    empty: 'vitals_session_state="empty"',
  });
});

describe('formatValue', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [0.1, '0.1'],
    [-2.5, '-2.5'],
    [1_753_000_000.123, '1753000000.123'],
    [1e21, '1e+21'],
    [5e-7, '5e-7'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe('familyHeader', () => {
  it.each([
    [metrics.restarts, 'vitals_agent_restarts_total', 'counter'],
    [metrics.status, 'vitals_agent_status', 'gauge'],
    [metrics.healthScore, 'vitals_agent_health_score_ratio', 'gauge'],
    [metrics.processorTickDuration, 'vitals_processor_tick_duration_seconds', 'histogram'],
  ])('opens $name', (metric, name, type) => {
    expect(familyHeader(metric)).toBe(`# HELP ${name} ${metric.description}\n# TYPE ${name} ${type}\n`);
  });

  it('escapes the help', () => {
    const header = familyHeader({ ...metrics.info, description: 'a \\ and\na line, "quoted"' });
    expect(header).toContain('# HELP vitals_agent_info a \\\\ and\\na line, "quoted"\n');
  });
});
