import { readFileSync } from 'node:fs';
import { conditions, statusPrecedence } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { defaultFleetSettings } from '../../src/core/index.ts';

const page = readFileSync(new URL('../../docs/states.md', import.meta.url), 'utf8');

/** The names in the first column of a table, in order. */
function firstColumn(heading: string): string[] {
  const table = page.slice(page.indexOf(`| ${heading} |`)).split('\n\n')[0] ?? '';
  const rows = table.split('\n').slice(2);
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name!));
}

describe('docs/states.md', () => {
  it('has every status, in the order in which one wins over the next', () => {
    expect(firstColumn('status')).toEqual(statusPrecedence);
  });

  it('has every condition', () => {
    expect(firstColumn('condition').toSorted()).toEqual(conditions.toSorted());
  });

  it.each([
    [`late\` after ${defaultFleetSettings.lateAfterMs / 1000} s`],
    [
      `offline\` after ${defaultFleetSettings.offlineAfterMs / 1000} s or ${defaultFleetSettings.missedBeats} ×`,
    ],
    [`for ${defaultFleetSettings.stalledAfterMs / 60_000} min`],
    [`only after ${defaultFleetSettings.failoverGraceMs / 60_000} min`],
    [`those still unheard ${defaultFleetSettings.gapHoldMs / 60_000} min`],
    [`${defaultFleetSettings.flapThreshold} restarts or changes`],
    [`within ${defaultFleetSettings.flapWindowMs / 60_000} min`],
    [`offline for ${defaultFleetSettings.forgetAfterMs / 86_400_000} days`],
    [`at most ${defaultFleetSettings.maxLeaseMs / 3_600_000} h`],
  ])('tells the default: %s', (words) => {
    expect(page.replace(/\s+/g, ' ')).toContain(words);
  });
});
