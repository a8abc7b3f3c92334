import { blockShift, blockSize, flag, none } from './block.ts';
import { shiftClaims } from './claims.ts';
import type { Ledger } from './ledger.ts';

/**
 * The processor was away: nobody is blamed for what it couldn't hear. Whatever deadlines hang on moves by the pause,
 * though never into the future, as what was made in the pause may have been heard since; and the pause counts for
 * nobody's availability.
 *
 * @param ledger - The books.
 * @param pauseMs - How long it was away.
 * @param nowMs - When it came back.
 */
export function shiftDeadlines(ledger: Ledger, pauseMs: number, nowMs: number): void {
  const { registry } = ledger;
  const { blocks } = registry;
  const pausedAtMs = nowMs - pauseMs;
  ledger.startedAtMs = Math.min(nowMs, ledger.startedAtMs + pauseMs);
  ledger.pipelines.shift(pauseMs, nowMs);
  for (let index = 0; index < blocks.length; index++) {
    const block = blocks[index]!;
    for (let row = 0; row < blockSize; row++) {
      if (block.status[row] === none) continue;
      const slot = (index << blockShift) | row;
      ledger.account(slot, pausedAtMs);
      block.accountedAtMs[row] = Math.max(block.accountedAtMs[row]!, nowMs);
      const detail = registry.detail(slot);
      if (detail !== undefined) {
        detail.declaredAtMs = Math.min(nowMs, detail.declaredAtMs + pauseMs);
        if (block.has(row, flag.conflict)) shiftClaims(detail, pauseMs, nowMs);
      }
      // What is over stays over: an offline agent's last sign of life is a fact.
      if (block.has(row, flag.offline)) continue;
      const lastSeenMs = Math.min(nowMs, block.lastSeenMs[row]! + pauseMs);
      const afresh = detail?.afresh ?? null;
      if (afresh !== null && afresh.atMs === block.lastSeenMs[row]) {
        afresh.atMs = lastSeenMs;
        afresh.heardAtMs = Math.min(nowMs, afresh.heardAtMs + pauseMs);
      }
      block.lastSeenMs[row] = lastSeenMs;
      block.advancedAtMs[row] = Math.min(nowMs, block.advancedAtMs[row]! + pauseMs);
      if (block.leaseExpiryMs[row]! > pausedAtMs) block.leaseExpiryMs[row]! += pauseMs;
      ledger.reschedule(slot);
    }
  }
}
