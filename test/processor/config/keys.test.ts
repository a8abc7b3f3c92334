import { describe, expect, test } from 'vitest';
import { variableOf } from '../../../src/processor/config/environment.ts';
import { configKeys, type KeyDefinition } from '../../../src/processor/config/keys.ts';
import { defaultOf } from '../../../src/processor/config/value-types.ts';

const rows = Object.entries<KeyDefinition>(configKeys);

describe('the table of keys', () => {
  test.for(rows)('%s has a default within its own bounds, and a sentence', ([, definition]) => {
    expect(() => defaultOf(definition)).not.toThrow();
    expect(definition.description).toMatch(/^[A-Z`].*\.$/);
  });

  test('a key outside of lists has a default', () => {
    const without = rows.filter(([path, { default: value }]) => !path.includes('[]') && value === undefined);
    expect(without).toEqual([]);
  });

  test('no two keys have one variable', () => {
    const variables = rows.filter(([path]) => !path.includes('[]')).map(([path]) => variableOf(path));
    expect(new Set(variables).size).toBe(variables.length);
  });

  test('no value of it is a timer that overflows', () => {
    const longestTimerMs = 2 ** 31 - 1;
    for (const path of ['store.snapshot_interval', 'live.update_interval', 'sessions.cache'] as const) {
      const { max } = configKeys[path];
      expect(defaultOf({ ...configKeys[path], default: max })).toBeLessThan(longestTimerMs);
    }
  });
});
