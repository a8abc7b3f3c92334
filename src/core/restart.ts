import { type AgentBlock, blockShift, blockSize, flag, none, statusCount } from './block.ts';
import { shiftClaims } from './claims.ts';
import type { Ledger } from './ledger.ts';
import { forgetSkew } from './skew.ts';
import { uncounted } from './standing.ts';
import { statusIndex } from './status.ts';

/** Statuses of the living: nobody knows of them after a restart until they are heard again. */
const live = new Set(
  (['idle', 'busy', 'on_call', 'waiting', 'error', 'stalled', 'unknown'] as const).map(
    (status) => statusIndex[status],
  ),
);

/**
 * A restored fleet begins: agents that were live become `unknown`; offline, stopped, exhausted, paused and
 * maintenance stay, and so does the silence of a way in under which agents are unknown. What lies between the last snapshot and now counts for nobody's availability.
 *
 * @param ledger - The books of the restored fleet.
 * @param savedAtMs - Until when the fleet was observed.
 * @param nowMs - When it begins again.
 * @param isMeasured - Whether the time in between was measured; where not, skews are learned anew.
 */
export function beginAgain(ledger: Ledger, savedAtMs: number, nowMs: number, isMeasured: boolean): void {
  const { registry } = ledger;
  ledger.startedAtMs = nowMs;
  registry.blocks.forEach((block) => {
    for (let row = 0; row < blockSize; row++) {
      if (block.status[row] !== none) ledger.pipelines.join(block.pipeline[row]!);
    }
  });
  ledger.pipelines.goOn();
  // Nobody could deliver to a processor that was not there.
  ledger.pipelines.shift(nowMs - savedAtMs, nowMs);
  registry.blocks.forEach((block, index) => {
    const formerStatuses = new Uint8Array(blockSize).fill(none);
    for (let row = 0; row < blockSize; row++) {
      if (block.status[row] === none) continue;
      const slot = (index << blockShift) | row;
      block.standing[row] = uncounted;
      if (!isMeasured) forgetSkew(block, row);
      if (!block.has(row, flag.unknownByGap)) {
        block.gapEpisode[row] = 0;
        if (block.has(row, flag.unknown)) block.clear(row, flag.late);
      }
      if (block.has(row, flag.conflict)) shiftClaims(registry.ensureDetail(slot), nowMs - savedAtMs, nowMs);
      ledger.account(slot, savedAtMs);
      block.accountedAtMs[row] = nowMs;
      if (isLive(block, row)) {
        formerStatuses[row] = block.status[row]!;
        block.set(row, flag.unknown);
        block.clear(row, flag.late | flag.stalled);
        block.statusSinceMs[row] = nowMs;
        block.transitions[row * statusCount + statusIndex.unknown]!++;
        registry.setStatus(slot, statusIndex.unknown);
      }
      ledger.tally(slot);
      ledger.reschedule(slot);
    }
    ledger.announceLater(index, formerStatuses);
  });
}

/** One that has a lease, or is expected by the configuration, and is not at rest. */
function isLive(block: AgentBlock, row: number): boolean {
  if (!block.has(row, flag.beats | flag.declared) || block.has(row, flag.maintenance)) return false;
  return live.has(block.status[row]!) && block.status[row] !== statusIndex.unknown;
}
