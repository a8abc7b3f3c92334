import { attributes, logEvents, metrics } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';

const table = Object.values(logEvents);

describe('the table of log events', () => {
  it('has each name once, and none that is a metric', () => {
    const names = [...table, ...Object.values(metrics)].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(table)('$name is namespaced, with attributes that the contract knows, none twice', (event) => {
    const known: readonly string[] = Object.values(attributes);
    expect(event.name).toMatch(/^vitals(\.[a-z_]+)+$/);
    expect(event.description).toMatch(/^[A-Z].*\.$/);
    expect(event.attributes.filter((attribute) => !known.includes(attribute))).toEqual([]);
    expect(new Set(event.attributes).size).toBe(event.attributes.length);
  });
});
