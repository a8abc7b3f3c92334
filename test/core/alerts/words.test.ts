import { attributes, prometheusLabel } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { formatMeasure } from '../../../src/core/alerts/words.ts';
import {
  type Alert,
  alertNames,
  alertRules,
  alertSettingsOf,
  describeAlert,
} from '../../../src/core/index.ts';

const settings = alertSettingsOf(
  { SystemCpuHigh: { threshold: { warning: 0.7 } } },
  'https://wiki.example/runbook',
);
const alertOf = (name: string, value: number, subject: string, severity = 'warning') =>
  ({ name, value, subject, severity, labels: {} }) as unknown as Alert;

describe('the words of an alert', () => {
  it.each([
    ['SystemCpuHigh', 0.85, 'system', 'High CPU usage: 85%'],
    ['SystemMemoryHigh', 0.91234, 'system', 'High memory usage: 91.23%'],
    ['QueueDeep', 250, 'a', 'Deep queue of agent a: 250 items'],
    ['IntegrationSlow', 7.5, 'search', 'Integration search is slow: 7.5s'],
    ['AgentOffline', 1, '{value} {subject}', 'Agent {value} {subject} is offline'],
  ])('%s', (name, value, subject, message) => {
    expect(describeAlert(alertOf(name, value, subject), settings).message).toBe(message);
  });

  it('have the threshold that holds, and a link', () => {
    const texts = describeAlert(alertOf('SystemCpuHigh', 0.75, 'system'), settings);
    expect(texts.description).toBe('The hosts of the fleet use 75% of their CPUs, more than 70%.');
    expect(texts.runbookUrl).toBe('https://wiki.example/runbook#systemcpuhigh');
    expect(
      describeAlert(alertOf('SystemCpuHigh', 0.95, 'system', 'critical'), settings).description,
    ).toContain('90%');
  });

  it('are its name where no rule knows it any more', () => {
    expect(describeAlert(alertOf('Gone', 1, 'a'), settings)).toMatchObject({
      message: 'Gone',
      summary: 'Gone',
    });
  });

  it.each([
    [0.5, 'ratio', '50%'],
    [1, 'ratio', '100%'],
    [0.123456, 'ratio', '12.35%'],
    [0, 'seconds', '0s'],
    [0.25, 'seconds', '250ms'],
    [59.5, 'seconds', '59.5s'],
    [60, 'seconds', '1m 0s'],
    [3661, 'seconds', '1h 1m 1s'],
    [90_061.7, 'seconds', '1d 1h 1m 1s'],
    [1_000_000, 'count', '1000000'],
  ] as const)('write %s of %s as %s', (value, unit, text) => {
    expect(formatMeasure(value, unit)).toBe(text);
  });
});

describe('the table of alerts', () => {
  it('has each alert once, in the order of their names', () => {
    expect(alertRules.map(({ name }) => name).sort()).toEqual([...alertNames].sort());
  });

  it.each(alertRules)(
    '$name says all that a reader needs',
    ({ levels, unit, comparison, words, runbook, subject, labels, forMs, keepFiringForMs }) => {
      for (const text of [
        words.description,
        runbook.meaning,
        runbook.impact,
        ...runbook.diagnosis,
        ...runbook.mitigation,
      ]) {
        expect(text).toMatch(/^[A-Z`{‘'].*[.?:]$/s);
      }
      expect(words.summary).not.toMatch(/\{value\}|\.$/);
      expect(runbook.diagnosis.length).toBeGreaterThan(0);
      expect(runbook.mitigation.length).toBeGreaterThan(0);
      for (const { threshold } of levels) expect(threshold === null).toBe(unit === 'state');
      expect(comparison === '==').toBe(unit === 'state');
      if (subject !== null) expect(labels).toContain(subject);
      const known: readonly string[] = Object.values(attributes);
      for (const label of labels) expect(known).toContain(label);
      for (const [, word] of `${words.message}${words.summary}${words.description}`.matchAll(/\{(\w+)\}/g)) {
        expect(['subject', 'value', 'threshold', ...labels.map(prometheusLabel)]).toContain(word);
      }
      expect([forMs % 1000, keepFiringForMs % 1000]).toEqual([0, 0]);
    },
  );
});

describe('settings of alerts', () => {
  it('refuse what the configuration would not let through either', () => {
    expect(() => alertSettingsOf({ AgentOffline: { threshold: 1 } })).toThrow(
      'Cannot use a threshold for AgentOffline as it must be absent: current value is 1',
    );
    expect(() => alertSettingsOf({ AgentConfidenceLow: { threshold: Number.NaN } })).toThrow(
      'must be a finite number',
    );
    expect(() => alertSettingsOf({ QueueDeep: { severity: 'info' } })).toThrow(
      'Cannot use a severity for QueueDeep',
    );
  });
});
