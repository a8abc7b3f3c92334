import { expect, it } from 'vitest';
import { rowIfKnown } from '../../../../src/processor/out/prometheus/family.ts';

it.each<[value: number | null, divisor: number | undefined, rows: number[]]>([
  [null, undefined, []],
  [Number.NaN, undefined, []],
  [0, undefined, [0]],
  [-1500, 1000, [-1.5]],
])('gives a row of %s over %s where it is known', (value, divisor, rows) => {
  const values: number[] = [];
  rowIfKnown((labels, row) => values.push(...(labels === '' ? [row] : [])), value, divisor);
  expect(values).toEqual(rows);
});
