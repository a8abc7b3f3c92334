import {
  type Condition,
  type ExhaustedReason,
  exhaustedReasons,
  mayFollow,
  parseReportedState,
  type ReportedState,
  recoverySources,
  statusPrecedence,
} from '@agent-vitals/contract';
import { type AgentBlock, blockShift, flag, none, rowMask, statusCount } from './block.ts';
import type { Deadlines } from './deadlines.ts';
import type { Exhaustion } from './detail.ts';
import { lateAtMs, learnInterval, offlineAtMs } from './lease.ts';
import { delta, type Observation } from './observation.ts';
import type { Registry } from './registry.ts';
import { advanced, type Reading, readCounter, restarted, setBack } from './renewal.ts';
import { nextDue } from './schedule.ts';
import type { FleetSettings } from './settings.ts';
import { forgetSkew, learnSkew, madeAt } from './skew.ts';
import { availabilityOf, effectiveStatus, isWorking, reportedIndex, reportedStateOf } from './status.ts';
import type { Transition, TransitionReason } from './transition.ts';

const noTransitions: readonly Transition[] = [];

/**
 * The state machine of one agent at a time: what a sign of life, a report, progress and the passing of time do to
 * its row. Longer than its neighbours, as these rules are one thing: each reads and moves the same few flags.
 */
export class Judge {
  readonly #registry: Registry;
  readonly #deadlines: Deadlines;
  readonly #settings: FleetSettings;
  readonly #forget: (slot: number, nowMs: number) => void;
  #transitions: Transition[] = [];
  /** When the fleet was restored; those unknown since then wait from here. */
  startedAtMs = Number.NEGATIVE_INFINITY;
  irregularTransitions = 0;

  constructor(
    registry: Registry,
    deadlines: Deadlines,
    settings: FleetSettings,
    forget: (slot: number, nowMs: number) => void,
  ) {
    this.#registry = registry;
    this.#deadlines = deadlines;
    this.#settings = settings;
    this.#forget = forget;
  }

  /** Hands over what has changed since the last call. */
  takeTransitions(): readonly Transition[] {
    if (this.#transitions.length === 0) return noTransitions;
    const transitions = this.#transitions;
    this.#transitions = [];
    return transitions;
  }

  /** Lets everything become true that is due by now, each at its own moment. */
  advance(slot: number, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    for (;;) {
      const due = nextDue(block, row, this.#registry.detail(slot), this.#settings, this.startedAtMs);
      const { event, atMs } = due;
      if (!(atMs <= nowMs)) {
        this.#setDeadline(slot, atMs);
        return;
      }
      switch (event) {
        case 'late':
          block.set(row, flag.late);
          this.#registry.noteCondition(slot, 'late');
          break;
        case 'offline':
          this.#goOffline(slot, atMs, 'lease_expired');
          break;
        case 'never_beat':
          block.set(row, flag.neverBeat);
          this.#goOffline(slot, atMs, 'never_beat');
          break;
        case 'stalled':
          block.set(row, flag.stalled);
          this.settle(slot, atMs, 'no_progress');
          break;
        case 'recovered':
          this.#recover(slot, atMs);
          break;
        case 'unmuted':
          block.clear(row, flag.muted);
          break;
        default:
          this.#forget(slot, nowMs);
          return;
      }
    }
  }

  /** Brings the deadline up to date after a change that may have moved it either way. */
  reschedule(slot: number): void {
    const block = this.#registry.blockOf(slot);
    const detail = this.#registry.detail(slot);
    this.#setDeadline(slot, nextDue(block, slot & rowMask, detail, this.#settings, this.startedAtMs).atMs);
  }

  /** A heartbeat counter's point. */
  heartbeats(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const beforeBeats = block.heartbeats[row]!;
    const reading = readCounter(
      beforeBeats,
      block.heartbeatsStartMs[row]!,
      block.heartbeatsPointMs[row]!,
      observation,
      observation.value,
    );
    if (!renews(reading)) return;
    const isDelta = observation.temporality === delta;
    // A clock that went back says nothing of earlier delays; nor does a new process on a host whose clock is behind.
    const clockWentBack = reading === setBack || observation.timeMs < block.heartbeatsPointMs[row]!;
    block.heartbeats[row] = isDelta && beforeBeats > 0 ? beforeBeats + observation.value : observation.value;
    block.heartbeatsStartMs[row] = observation.startTimeMs;
    block.heartbeatsPointMs[row] = observation.timeMs;
    if (reading === restarted) block.restarts[row]!++;
    if (clockWentBack) this.#clockSetBack(block, row);
    if (!block.has(row, flag.beats)) {
      block.set(row, flag.beats);
      block.lastSeenMs[row] = Number.NaN;
    }
    this.#renew(slot, observation, nowMs);
  }

  /** A progress counter's point. */
  progress(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const before = block.progress[row]!;
    const reading = readCounter(
      before,
      block.progressStartMs[row]!,
      block.progressPointMs[row]!,
      observation,
      observation.value,
    );
    if (!renews(reading)) return;
    // A counter that stands at 0 has not advanced yet: it only says that the agent knows how to.
    const moved = !(Number.isNaN(before) && observation.value === 0);
    block.progress[row] = observation.value;
    block.progressStartMs[row] = observation.startTimeMs;
    block.progressPointMs[row] = observation.timeMs;
    this.advanceWork(slot, observation, nowMs, moved);
  }

  /** Progress, or an operation's start or end: the agent gets on, and lives, if it is one that beats. */
  advanceWork(slot: number, observation: Observation, nowMs: number, renewing: boolean): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const wasKnown = block.has(row, flag.advances);
    block.set(row, flag.advances);
    if (renewing && block.has(row, flag.beats)) this.#renew(slot, observation, nowMs);
    const at = madeAt(block, row, observation.timeMs, nowMs);
    if (at > block.advancedAtMs[row]!) block.advancedAtMs[row] = at;
    if (block.has(row, flag.stalled)) {
      block.clear(row, flag.stalled);
      this.settle(slot, at, 'progress');
    }
    if (!wasKnown) this.reschedule(slot);
  }

  /** The state that the agent reports. */
  report(slot: number, state: string, observation: Observation, nowMs: number): 'applied' | 'unknown_state' {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const to = parseReportedState(state);
    if (to === undefined) return 'unknown_state';
    if (observation.timeMs !== 0 && observation.timeMs < block.reportedPointMs[row]!) return 'applied';
    block.reportedPointMs[row] = observation.timeMs;
    const at = madeAt(block, row, observation.timeMs, nowMs);
    if (block.reported[row] === reportedIndex[to]) return 'applied';
    this.#enterReported(slot, to, at);
    return 'applied';
  }

  /** The recovery time that an exhausted agent reports: `made + (value − point time)`. */
  recoveryTime(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const exhaustion = this.#registry.detail(slot)?.exhaustion ?? null;
    if (block.reported[row] !== reportedIndex.exhausted || exhaustion === null) return;
    const reason = oneOf(exhaustedReasons, observation.exhaustedReason);
    const repeated = exhaustion.reportedRecovery === observation.value;
    if (repeated && (block.has(row, flag.recovered) || exhaustion.reason === reason)) return;
    const at = madeAt(block, row, observation.timeMs, nowMs);
    const source = oneOf(recoverySources, observation.recoverySource) ?? 'reported';
    if (block.has(row, flag.recovered)) exhaustion.exhaustedAtMs = at;
    exhaustion.reason = reason;
    exhaustion.scope = observation.exhaustedScope === '' ? null : observation.exhaustedScope;
    exhaustion.reportedRecovery = observation.value;
    exhaustion.recoverySource = source;
    exhaustion.recoveryAtMs =
      observation.value > 0
        ? at + (observation.value * 1000 - observation.timeMs)
        : this.#defaultRecovery(at, reason);
    block.clear(row, flag.recovered);
    block.set(row, flag.exhausted);
    this.settle(slot, at, 'reported');
    this.reschedule(slot);
  }

  /** The interval at which the agent promises to beat. */
  promise(slot: number, intervalMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    if (block.promisedIntervalMs[row] === intervalMs) return;
    block.promisedIntervalMs[row] = intervalMs;
    this.reschedule(slot);
  }

  /** "Silent until then, and fine": a moment on the fleet's time line, at most the longest lease ahead. */
  lease(slot: number, untilMs: number, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    block.leaseExpiryMs[row] = Math.min(untilMs, nowMs + this.#settings.maxLeaseMs);
    if (block.has(row, flag.late) && lateAtMs(block, row, this.#settings) > nowMs)
      block.clear(row, flag.late);
    this.reschedule(slot);
  }

  /** Takes the effective status and, where it is another than before, tells of it. */
  settle(slot: number, atMs: number, reason: TransitionReason, irregular = false): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const from = block.status[row]!;
    const to = effectiveStatus(block, row);
    if (to === from) return;
    // Nothing becomes true before what led to it.
    const at = from === none ? atMs : Math.max(atMs, block.statusSinceMs[row]!);
    this.#account(block, row, at);
    this.#registry.setStatus(slot, to);
    block.statusSinceMs[row] = at;
    block.transitions[row * statusCount + to]!++;
    if (irregular) this.irregularTransitions++;
    this.#transitions.push({
      agent: this.#registry.ids.idOf(slot),
      slot,
      from: from === none ? null : statusPrecedence[from]!,
      to: statusPrecedence[to]!,
      at,
      reason: from === none ? 'first_seen' : reason,
      irregular,
    });
  }

  /** Sets a condition's flag and remembers that it ever held. */
  mark(slot: number, bit: number, condition: Condition): void {
    this.#registry.blockOf(slot).set(slot & rowMask, bit);
    this.#registry.noteCondition(slot, condition);
  }

  /** The operator's pause begins: lease, late and stall rest. */
  beginMaintenance(slot: number, atMs: number): void {
    const block = this.#registry.blockOf(slot);
    this.#account(block, slot & rowMask, atMs);
    this.mark(slot, flag.maintenance, 'maintenance');
    this.reschedule(slot);
  }

  /** The operator's pause ends: lease, late and stall start afresh. */
  endMaintenance(slot: number, atMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    if (!block.has(row, flag.maintenance)) return;
    this.#account(block, row, atMs);
    block.clear(row, flag.maintenance);
    this.#startAfresh(block, row, atMs);
    this.reschedule(slot);
  }

  /** A sign of life. */
  #renew(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    if (observation.timeMs !== 0) learnSkew(block, row, nowMs - observation.timeMs, nowMs);
    const seenAt = madeAt(block, row, observation.timeMs, nowMs);
    const before = block.lastSeenMs[row]!;
    if (before >= seenAt) return;
    block.lastSeenMs[row] = seenAt;
    const away = flag.offline | flag.unknown;
    const wasAway = block.has(row, away);
    if (!wasAway && !Number.isNaN(before)) learnInterval(block, row, seenAt - before);
    const lateAt = lateAtMs(block, row, this.#settings);
    if (lateAt > nowMs) block.clear(row, flag.late);
    if (wasAway || Number.isNaN(before)) this.#comeBack(slot, seenAt, nowMs);
    else if (lateAt < block.deadlineMs[row]!) this.#setDeadline(slot, lateAt);
  }

  /** A sign of life of an agent that was offline or unknown, unless it is so old that the lease is out already. */
  #comeBack(slot: number, seenAt: number, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const wasOffline = block.has(row, flag.offline);
    const rests = reportedStateOf(block, row) === 'paused' || block.has(row, flag.maintenance);
    if (wasOffline && !rests && offlineAtMs(block, row, this.#settings) <= nowMs) return;
    block.clear(row, flag.offline | flag.unknown | flag.unknownByGap | flag.neverBeat);
    if (wasOffline) this.#clearOutlivedExhaustion(slot, nowMs);
    if (isWorking(reportedStateOf(block, row)))
      block.advancedAtMs[row] = Math.max(block.advancedAtMs[row]!, seenAt);
    this.settle(slot, seenAt, 'heartbeat');
    this.reschedule(slot);
  }

  /** A heartbeat from offline clears exhaustion unless it is reported still, with a recovery in the future. */
  #clearOutlivedExhaustion(slot: number, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const exhaustion = this.#registry.detail(slot)?.exhaustion;
    if (exhaustion === undefined || exhaustion === null || !block.has(row, flag.exhausted)) return;
    if (block.reported[row] === reportedIndex.exhausted && exhaustion.recoveryAtMs > nowMs) return;
    block.clear(row, flag.exhausted);
    block.set(row, flag.recovered);
  }

  /** Moves to another reported state with all that leaving and entering mean. */
  #enterReported(slot: number, to: ReportedState, at: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const from = reportedStateOf(block, row);
    const isFirst = block.reported[row] === none;
    const irregular = !isFirst && !mayFollow(from, to);
    if (block.reported[row] === reportedIndex.exhausted) this.#leaveExhausted(slot);
    if (from === 'paused' || from === 'stopped') this.#startAfresh(block, row, at);
    if (isWorking(to) && !isWorking(from)) block.advancedAtMs[row] = Math.max(block.advancedAtMs[row]!, at);
    if (!isWorking(to)) block.clear(row, flag.stalled);
    if (to === 'stopped') block.clear(row, flag.offline | flag.unknown | flag.late | flag.neverBeat);
    if (to === 'paused') block.clear(row, flag.late);
    block.reported[row] = reportedIndex[to];
    if (to === 'exhausted') this.#becomeExhausted(slot, at);
    this.settle(slot, at, 'reported', irregular);
    this.reschedule(slot);
  }

  #becomeExhausted(slot: number, at: number): void {
    const exhaustion: Exhaustion = {
      reason: null,
      scope: null,
      exhaustedAtMs: at,
      recoveryAtMs: this.#defaultRecovery(at, null),
      recoverySource: 'default',
      reportedRecovery: 0,
    };
    this.#registry.ensureDetail(slot).exhaustion = exhaustion;
    this.mark(slot, flag.exhausted, 'exhausted');
  }

  #leaveExhausted(slot: number): void {
    this.#registry.blockOf(slot).clear(slot & rowMask, flag.exhausted | flag.recovered);
    const detail = this.#registry.detail(slot);
    if (detail !== undefined) detail.exhaustion = null;
  }

  /** The recovery time has come: the agent is idle, whatever it still reports. */
  #recover(slot: number, at: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    block.clear(row, flag.exhausted);
    block.set(row, flag.recovered);
    this.settle(slot, at, 'recovered');
  }

  #defaultRecovery(at: number, reason: ExhaustedReason | null): number {
    return at + this.#settings.defaultRecoveryMs[reason ?? 'rate_limit'];
  }

  #goOffline(slot: number, at: number, reason: TransitionReason): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    block.clear(row, flag.unknown | flag.unknownByGap | flag.late | flag.stalled);
    block.set(row, flag.offline);
    this.settle(slot, at, reason);
  }

  /** Resuming: the lease begins anew, nothing is missed, the work has just begun. */
  #startAfresh(block: AgentBlock, row: number, at: number): void {
    block.clear(row, flag.late | flag.stalled);
    if (!(block.lastSeenMs[row]! >= at)) block.lastSeenMs[row] = at;
    block.advancedAtMs[row] = Math.max(block.advancedAtMs[row]!, at);
  }

  /** Adds the time since the last account to what the status (and maintenance) makes of it. */
  #account(block: AgentBlock, row: number, at: number): void {
    const span = at - block.accountedAtMs[row]!;
    if (!(span > 0)) return;
    block.accountedAtMs[row] = at;
    if (block.status[row] === none || block.has(row, flag.maintenance)) return;
    const kind = availabilityOf(block.status[row]!);
    if (kind === 'up') block.upMs[row]! += span;
    else if (kind === 'down') block.downMs[row]! += span;
  }

  #clockSetBack(block: AgentBlock, row: number): void {
    forgetSkew(block, row);
    block.reportedPointMs[row] = 0;
    block.progressPointMs[row] = 0;
  }

  #setDeadline(slot: number, atMs: number): void {
    const block = this.#registry.blockOf(slot);
    block.deadlineMs[slot & rowMask] = atMs;
    this.#deadlines.lower(slot >>> blockShift, atMs);
  }
}

function renews(reading: Reading): boolean {
  return reading === advanced || reading === restarted || reading === setBack;
}

function oneOf<T extends string>(values: readonly T[], value: string): T | null {
  return (values as readonly string[]).includes(value) ? (value as T) : null;
}
