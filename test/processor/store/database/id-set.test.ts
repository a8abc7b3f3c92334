import { expect, it } from 'vitest';
import { IdSet } from '../../../../src/processor/store/database/id-set.ts';

it('knows ids by their bytes, many of them, in any page', () => {
  const set = new IdSet();
  const expected = new Set<string>();
  let random = 1;
  for (let page = 0; page < 40; page++) {
    const ids = Array.from({ length: 500 }, () => {
      random = (Math.imul(random, 48271) >>> 0) % 2147483647;
      return `ä${random % 15_000}`;
    });
    const bytes = Buffer.from(ids.join(''));
    const number = set.addPage(bytes);
    let at = 0;
    for (const id of ids) {
      const end = at + Buffer.byteLength(id);
      expect(set.add(number, at, end)).toBe(!expected.has(id));
      expected.add(id);
      at = end;
    }
  }
  expect(set.size).toBe(expected.size);
  expect(expected.size).toBeGreaterThan(5_000);
});
