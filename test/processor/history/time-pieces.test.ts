import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../src/processor/history/time-pieces.ts';
import { epochMs, hour, minute, second } from '../../support/observe.ts';

const asIs = (ms: number) => ms;

describe('a span', () => {
  it.each([
    ['within a minute', 61_000, 110_000, [[61_000, 110_000]]],
    [
      'over a full minute',
      50_000,
      70_000,
      [
        [50_000, 60_000],
        [60_000, 70_000],
      ],
    ],
    ['from a full minute to the next', 60_000, 120_000, [[60_000, 120_000]]],
    ['that is none', 60_000, 60_000, []],
    [
      'that is long',
      30 * minute,
      2 * hour,
      [
        [30 * minute, hour],
        [hour, 2 * hour],
      ],
    ],
  ])('%s', (_what, fromMs, untilMs, pieces) => {
    expect(piecesOf(fromMs, untilMs, asIs).map((piece) => [piece.fromMs, piece.untilMs])).toEqual(pieces);
  });

  it('is cut where the wall clock has its minutes, whatever the time line shows', () => {
    const pieces = piecesOf(0, 20 * second, (ms) => ms + 50 * second);
    expect(pieces.map(({ untilMs }) => untilMs)).toEqual([10 * second, 20 * second]);
  });

  it('is whole in its parts, however times are rounded', () => {
    const offset = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((ms) => epochMs + ms);
    const length = fc.double({ min: 0, max: 9 * minute, noNaN: true });
    fc.assert(
      fc.property(offset, fc.double({ min: 0, max: 1e6, noNaN: true }), length, (ahead, fromMs, lengthMs) => {
        const pieces = piecesOf(fromMs, fromMs + lengthMs, (ms) => ms + ahead);
        expect(pieces.length).toBeLessThanOrEqual(12);
        let atMs = fromMs;
        for (const piece of pieces) {
          expect(piece.fromMs).toBe(atMs);
          atMs = piece.untilMs;
        }
        if (pieces.length > 0) expect(atMs).toBe(fromMs + lengthMs);
      }),
    );
  });
});
