import { describe, expect, it } from 'vitest';
import { SnapshotPace } from '../../../src/processor/store/snapshot-pace.ts';

const newPace = () => new SnapshotPace({ intervalMs: 5_000, share: 0.1, nowMs: 0 });

describe('the pace of snapshots', () => {
  it('is the interval where turns cost little', () => {
    const pace = newPace();
    const begins: number[] = [];
    for (let round = 0; round < 4; round++) {
      const beganAtMs = pace.nextTurnAtMs;
      begins.push(beganAtMs);
      pace.turnTaken({ beganAtMs, nowMs: beganAtMs + 4, costMs: 4, isLast: true });
    }
    expect(begins).toEqual([5_000, 10_000, 15_000, 20_000]);
    expect(pace.intervalMs(20_004)).toBe(5_000);
  });

  it('takes the turns of a round one after the other while the budget lasts', () => {
    const pace = newPace();
    pace.turnTaken({ beganAtMs: 5_000, nowMs: 5_040, costMs: 40, isLast: false });
    expect(pace.nextTurnAtMs).toBeLessThanOrEqual(5_040);
    pace.turnTaken({ beganAtMs: 5_040, nowMs: 5_080, costMs: 40, isLast: false });
    expect(pace.nextTurnAtMs).toBeLessThanOrEqual(5_080);
    pace.turnTaken({ beganAtMs: 5_080, nowMs: 5_120, costMs: 40, isLast: false });
    // 100 ms saved up, 8 earned on the way, 120 spent: 12 ms to earn back at a tenth.
    expect(pace.nextTurnAtMs).toBeCloseTo(5_120 + 120, 0);
  });

  it.each([
    ['a round that costs 300 ms', 300, 5_000],
    ['a round that costs 2 s', 2_000, 20_000],
    ['a round that costs 20 s', 20_000, 200_000],
  ])('stretches so that %s takes no more than a tenth of a core', (_, roundCostMs, expectedIntervalMs) => {
    const pace = newPace();
    const turns = 100;
    let nowMs = 0;
    let spentMs = 0;
    const begins: number[] = [];
    for (let round = 0; round < 6; round++) {
      for (let turn = 1; turn <= turns; turn++) {
        const beganAtMs = Math.max(nowMs, pace.nextTurnAtMs);
        if (turn === 1) begins.push(beganAtMs);
        const costMs = roundCostMs / turns;
        nowMs = beganAtMs + costMs;
        spentMs += costMs;
        pace.turnTaken({ beganAtMs, nowMs, costMs, isLast: turn === turns });
      }
    }
    expect(spentMs / nowMs).toBeLessThanOrEqual(0.1 + 100 / nowMs);
    const interval = (begins[5]! - begins[2]!) / 3;
    expect(interval).toBeGreaterThanOrEqual(expectedIntervalMs * 0.99);
    expect(interval).toBeLessThanOrEqual(expectedIntervalMs * 1.01);
    expect(pace.intervalMs(nowMs)).toBeGreaterThanOrEqual(expectedIntervalMs * 0.95);
  });

  it('shows a round that takes long while it is under way', () => {
    const pace = newPace();
    pace.turnTaken({ beganAtMs: 5_000, nowMs: 5_010, costMs: 10, isLast: false });
    expect(pace.intervalMs(17_000)).toBe(12_000);
  });

  it('lags by the age of what changed after the last whole round began', () => {
    const pace = newPace();
    expect(pace.lagMs(3_000)).toBe(3_000);
    pace.turnTaken({ beganAtMs: 5_000, nowMs: 5_010, costMs: 10, isLast: false });
    expect(pace.lagMs(6_000)).toBe(6_000);
    pace.turnTaken({ beganAtMs: 6_000, nowMs: 6_010, costMs: 10, isLast: true });
    expect(pace.lagMs(6_010)).toBe(1_010);
  });
});
