import { mayFollow, parseReportedState, type ReportedState } from '@agent-vitals/contract';
import { flag, none, rowMask } from './block.ts';
import { adopt, forgetClock, readClaim } from './claims.ts';
import { becomeExhausted, clearOutlivedExhaustion, explainExhaustion, leaveExhausted } from './exhaustion.ts';
import { heardAtMs, isUnheard, lateAtMs, learnInterval, leaseEndMs, offlineLimitMs } from './lease.ts';
import type { Ledger } from './ledger.ts';
import { delta, type Observation } from './observation.ts';
import { advanced, conflicting, older, type Reading, readCounter, restarted, setBack } from './renewal.ts';
import { learnSkew, madeAt } from './skew.ts';
import { isWorking, reportedIndex, reportedStateOf } from './status.ts';

/** The rules by which signs of life, progress and reports move an agent. Time's own doings are in silence.ts. */
export class Judge {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** A heartbeat counter's point. */
  heartbeats(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    const known = block.heartbeats[row]!;
    const startMs = block.heartbeatsStartMs[row]!;
    const pointMs = block.heartbeatsPointMs[row]!;
    const reading = readCounter(known, startMs, pointMs, observation, observation.value);
    if (reading === conflicting || (reading === older && observation.startTimeMs < startMs)) {
      this.#claim(slot, observation, reading === conflicting, nowMs);
      return;
    }
    if (!renews(reading)) return;
    const accumulates = observation.temporality === delta && known > 0;
    block.heartbeats[row] = accumulates ? known + observation.value : observation.value;
    block.heartbeatsStartMs[row] = observation.startTimeMs;
    block.heartbeatsPointMs[row] = observation.timeMs;
    if (reading === restarted) this.#restart(slot, nowMs);
    // A clock that went back says nothing of earlier delays; nor does a new process on a host whose clock is behind.
    if (reading === setBack || observation.timeMs < pointMs) forgetClock(this.#ledger, slot);
    if (!block.has(row, flag.beats)) {
      block.set(row, flag.beats);
      block.lastSeenMs[row] = Number.NaN;
      const detail = this.#ledger.registry.detail(slot);
      if (detail !== undefined) detail.afresh = null;
    }
    if (block.has(row, flag.conflict)) this.#ledger.registry.ensureDetail(slot).ownArrivedAtMs = nowMs;
    this.#renew(slot, observation, nowMs);
  }

  /** A progress counter's point. */
  progress(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    const known = block.progress[row]!;
    const reading = readCounter(known, 0, block.progressPointMs[row]!, observation, observation.value);
    if (!renews(reading)) return;
    block.progress[row] = observation.value;
    block.progressPointMs[row] = observation.timeMs;
    // A counter that stands at 0 has not advanced yet: it only says that the agent knows how to.
    const isMove = !(Number.isNaN(known) && observation.value === 0);
    this.advanceWork(slot, observation, nowMs, isMove);
  }

  /**
   * Progress, or an operation's start or end: the agent gets on.
   *
   * @param isLife - Whether it renews the lease of an agent that beats: progress and finished operations do.
   * @returns When it got on.
   */
  advanceWork(slot: number, observation: Observation, nowMs: number, isLife: boolean): number {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    this.knowsWork(slot);
    if (isLife && block.has(row, flag.beats)) this.#renew(slot, observation, nowMs);
    const at = madeAt(block, row, observation.timeMs, nowMs);
    if (at > block.advancedAtMs[row]!) block.advancedAtMs[row] = at;
    if (block.has(row, flag.stalled)) {
      block.clear(row, flag.stalled);
      this.#ledger.settle(slot, at, 'progress');
      this.#ledger.reschedule(slot);
    }
    return at;
  }

  /** It has sent progress or operations: it can stall from now on. */
  knowsWork(slot: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    if (block.has(row, flag.advances)) return;
    block.set(row, flag.advances);
    this.#ledger.reschedule(slot);
  }

  /**
   * The state that the agent reports.
   *
   * @returns False where no such state is known: the last one is kept.
   */
  report(slot: number, state: string, observation: Observation, nowMs: number): boolean {
    const to = parseReportedState(state);
    if (to === undefined) return false;
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    if (observation.timeMs !== 0 && observation.timeMs < block.reportedPointMs[row]!) return true;
    block.reportedPointMs[row] = observation.timeMs;
    if (block.reported[row] !== reportedIndex[to])
      this.#enter(slot, to, madeAt(block, row, observation.timeMs, nowMs), observation.reason);
    else if (to === 'exhausted') explainExhaustion(this.#ledger, slot, observation.reason);
    return true;
  }

  /** The interval at which the agent promises to beat. */
  promise(slot: number, intervalMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    if (block.promisedIntervalMs[row] === intervalMs) return;
    block.promisedIntervalMs[row] = intervalMs;
    this.#ledger.reschedule(slot);
  }

  /** "Silent until then, and fine": a moment on the fleet's time line, at most the longest lease ahead. */
  lease(slot: number, pointMs: number, untilMs: number, nowMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    const detail = this.#ledger.registry.ensureDetail(slot);
    // An older word, delivered late, doesn't end what a newer one grants.
    if (pointMs < detail.leasePointMs) return;
    detail.leasePointMs = pointMs;
    block.leaseExpiryMs[row] = Math.min(untilMs, nowMs + this.#ledger.settings.maxLeaseMs);
    this.#clearLate(slot, nowMs);
    this.#ledger.reschedule(slot);
  }

  /** The operator's pause begins: lease, late and stall rest. */
  beginMaintenance(slot: number, atMs: number): void {
    this.#ledger.account(slot, atMs);
    this.#ledger.registry.setMaintenance(slot, true);
    this.#ledger.registry.noteCondition(slot, 'maintenance');
    this.#ledger.registry.blockOf(slot).clear(slot & rowMask, flag.late);
    this.#ledger.tally(slot);
    this.#ledger.reschedule(slot);
  }

  /** The operator's pause ends: lease, late and stall start afresh. */
  endMaintenance(slot: number, atMs: number): void {
    this.#ledger.account(slot, atMs);
    this.#ledger.registry.setMaintenance(slot, false);
    this.#startAfresh(slot, atMs);
    this.#ledger.settle(slot, atMs, 'reported');
    this.#ledger.reschedule(slot);
  }

  /** A sign of life. */
  #renew(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    const isDated = observation.timeMs !== 0 && !Number.isNaN(block.skewBaseMs[row]!);
    if (observation.timeMs !== 0) learnSkew(block, row, nowMs - observation.timeMs, nowMs);
    const seenAt = madeAt(block, row, observation.timeMs, nowMs);
    const before = block.lastSeenMs[row]!;
    if (before >= seenAt) return;
    // What waited for the processor itself is no queue of the way in.
    if (isDated && !this.#ledger.isSuspended) {
      const isOld = nowMs - seenAt >= offlineLimitMs(block, row, this.#ledger) / 2;
      this.#ledger.pipelines.tellsOf(block.pipeline[row]!, isOld);
    }
    const isAway = block.has(row, flag.offline | flag.unknown);
    const wasUnheard = isUnheard(block, row, this.#ledger);
    block.lastSeenMs[row] = seenAt;
    if (isAway || Number.isNaN(before)) {
      this.#comeBack(slot, seenAt, nowMs);
      return;
    }
    // A gap in which the processor was not there teaches nothing.
    if (!wasUnheard && !this.#ledger.isSuspended) learnInterval(block, row, seenAt - before);
    if (block.has(row, flag.late)) this.#clearLate(slot, nowMs);
    // What was learned may have shortened every deadline that hangs on the interval.
    if (block.has(row, flag.conflict)) this.#ledger.reschedule(slot);
    const dueAt = Math.min(lateAtMs(block, row, this.#ledger), leaseEndMs(block, row, this.#ledger));
    if (dueAt < block.deadlineMs[row]!) this.#ledger.setDeadline(slot, dueAt);
  }

  /** A sign of life of an agent that was away, unless it is so old that the agent is late already. */
  #comeBack(slot: number, seenAt: number, nowMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    const state = reportedStateOf(block, row);
    const rests = state === 'paused' || block.has(row, flag.maintenance);
    const wasOffline = block.has(row, flag.offline);
    if (block.has(row, flag.offline | flag.unknown) && !rests) {
      // A sign that is late itself says that it lived then, and more of a queue may follow; a grace is no lease.
      const dueAt = Math.min(lateAtMs(block, row, this.#ledger), leaseEndMs(block, row, this.#ledger));
      if (dueAt <= nowMs) {
        this.#ledger.reschedule(slot);
        return;
      }
    }
    this.#ledger.leaveGap(slot);
    block.clear(row, flag.offline | flag.unknown | flag.neverBeat);
    if (wasOffline) clearOutlivedExhaustion(this.#ledger, slot, nowMs);
    if (isWorking(state)) block.advancedAtMs[row] = Math.max(block.advancedAtMs[row]!, seenAt);
    this.#clearLate(slot, nowMs);
    this.#ledger.settle(slot, seenAt, 'heartbeat');
    this.#ledger.reschedule(slot);
  }

  #clearLate(slot: number, nowMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    if (block.has(row, flag.unknownByGap) || lateAtMs(block, row, this.#ledger) <= nowMs) return;
    block.clear(row, flag.late);
    this.#ledger.tally(slot);
  }

  /** The agent's counters began anew. While two processes claim its id that is no restart. */
  #restart(slot: number, nowMs: number): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    if (block.has(row, flag.conflict)) return;
    block.restarts[row]!++;
    this.#ledger.flip(slot, nowMs);
  }

  /** A point of an earlier start time: another process under the same id, or old news. */
  #claim(slot: number, observation: Observation, isLater: boolean, nowMs: number): void {
    switch (readClaim(this.#ledger, slot, observation, isLater, nowMs)) {
      case 'conflict':
        this.#renew(slot, observation, nowMs);
        return;
      case 'moved': {
        const detail = this.#ledger.registry.ensureDetail(slot);
        const claim = detail.claim!;
        const accumulates = observation.temporality === delta;
        if (accumulates) claim.heartbeats += this.#ledger.registry.blockOf(slot).heartbeats[slot & rowMask]!;
        adopt(this.#ledger, slot, claim);
        detail.claim = null;
        if (!accumulates) this.#restart(slot, nowMs);
        // Whoever else claimed the id has been silent for longer than it may be.
        this.#ledger.registry.blockOf(slot).clear(slot & rowMask, flag.conflict);
        this.#renew(slot, observation, nowMs);
        return;
      }
      case 'old':
        return;
    }
  }

  /** Moves to another reported state with all that leaving and entering mean. */
  #enter(slot: number, to: ReportedState, atMs: number, reason: string): void {
    const block = this.#ledger.registry.blockOf(slot);
    const row = slot & rowMask;
    const from = reportedStateOf(block, row);
    const isIrregular = block.reported[row] !== none && !mayFollow(from, to);
    if (block.reported[row] === reportedIndex.exhausted) leaveExhausted(this.#ledger, slot);
    if (from === 'paused' || from === 'stopped') this.#startAfresh(slot, atMs);
    if (isWorking(to) && !isWorking(from)) block.advancedAtMs[row] = Math.max(block.advancedAtMs[row]!, atMs);
    if (!isWorking(to)) block.clear(row, flag.stalled);
    if (to === 'stopped') {
      this.#ledger.leaveGap(slot);
      block.clear(row, flag.offline | flag.unknown | flag.late | flag.neverBeat);
    }
    if (to === 'paused' && !block.has(row, flag.unknown)) block.clear(row, flag.late);
    block.reported[row] = reportedIndex[to];
    if (to === 'exhausted') becomeExhausted(this.#ledger, slot, block.reportedPointMs[row]!, atMs, reason);
    this.#ledger.settle(slot, atMs, 'reported', isIrregular);
    this.#ledger.reschedule(slot);
  }

  /** Resuming: the lease begins anew, nothing is missed, the work has just begun. */
  #startAfresh(slot: number, atMs: number): void {
    const { registry } = this.#ledger;
    const block = registry.blockOf(slot);
    const row = slot & rowMask;
    block.clear(row, flag.late | flag.stalled);
    if (block.has(row, flag.beats) && !(block.lastSeenMs[row]! >= atMs)) {
      const own = registry.ensureDetail(slot);
      own.afresh = { atMs, heardAtMs: heardAtMs(block, row, own) };
      block.lastSeenMs[row] = atMs;
    }
    block.advancedAtMs[row] = Math.max(block.advancedAtMs[row]!, atMs);
    const detail = registry.detail(slot);
    if (detail !== undefined) detail.declaredAtMs = Math.max(detail.declaredAtMs, atMs);
  }
}

function renews(reading: Reading): boolean {
  return reading === advanced || reading === restarted || reading === setBack;
}
