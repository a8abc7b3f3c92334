import { type AgentStatus, type Condition, statusPrecedence } from '@agent-vitals/contract';
import { type AgentBlock, blockShift, flag, rowMask, statusCount } from './block.ts';
import { Deadlines } from './deadlines.ts';
import { describeAgent } from './describe.ts';
import { Judge } from './judge.ts';
import { matchOverride, missedHeartbeats } from './lease.ts';
import { delta, type Observation, signalOf } from './observation.ts';
import { Registry } from './registry.ts';
import { defaultFleetSettings, type FleetSettings } from './settings.ts';
import { madeAt, skewOf } from './skew.ts';
import { Tombstones } from './tombstones.ts';
import type { Transition } from './transition.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import type { AgentView, ExhaustionView, FleetView } from './view.ts';
import { countActiveOperations, finishOperations } from './work.ts';

const signal = {
  heartbeats: signalOf('heartbeats'),
  heartbeatInterval: signalOf('heartbeatInterval'),
  leaseExpiry: signalOf('leaseExpiry'),
  reportedStatus: signalOf('reportedStatus'),
  progress: signalOf('progress'),
  operationDuration: signalOf('operationDuration'),
  operationActive: signalOf('operationActive'),
  confidence: signalOf('confidence'),
  queueDepth: signalOf('queueDepth'),
  exhaustedRecoveryTime: signalOf('exhaustedRecoveryTime'),
  messages: signalOf('messages'),
  info: signalOf('info'),
  processCpuUtilization: signalOf('processCpuUtilization'),
  processMemoryUsage: signalOf('processMemoryUsage'),
  processThreadCount: signalOf('processThreadCount'),
  processFileDescriptorCount: signalOf('processFileDescriptorCount'),
  eventLoopUtilization: signalOf('eventLoopUtilization'),
  stateChanged: signalOf('stateChanged'),
} as const;

/** `sent` and `received`, and a little room for what others call theirs. */
const maxDirections = 4;

const noTransitions: readonly Transition[] = [];

/** Why an observation was not applied. */
export type RejectionReason =
  | 'agent_limit'
  | 'session_limit'
  | 'series_limit'
  | 'tombstone'
  | 'unknown_state'
  | 'invalid_value';

/**
 * A fleet of agents under judgement. Its whole surface: {@link Fleet.apply} takes what was observed,
 * {@link Fleet.tick} lets time pass, both return transitions as data; the rest only reads. It knows no clock: `nowMs`
 * is any steady time line in milliseconds, and never goes back.
 *
 * @example
 * ```ts
 * const fleet = new Fleet();
 * const observation = new Observation();
 * observation.signal = signalOf('heartbeats');
 * observation.idBytes = encodeUtf8('crawler-7');
 * observation.idEnd = observation.idBytes.length;
 * observation.value = 1;
 * fleet.apply(observation, 0); // [{ agent: 'crawler-7', from: null, to: 'idle', … }]
 * fleet.tick(120_000); // [{ agent: 'crawler-7', from: 'idle', to: 'offline', at: 120_000, … }]
 * ```
 */
export class Fleet implements FleetView {
  readonly #settings: FleetSettings;
  readonly #registry: Registry;
  readonly #deadlines = new Deadlines();
  readonly #tombstones = new Tombstones();
  readonly #judge: Judge;
  readonly #rejections = new Map<RejectionReason, number>();

  /** @param settings - How it judges; what is not given stays at its default. */
  constructor(settings: Partial<FleetSettings> = {}) {
    this.#settings = { ...defaultFleetSettings, ...settings };
    this.#registry = new Registry(this.#settings);
    this.#judge = new Judge(this.#registry, this.#deadlines, this.#settings, (slot, nowMs) =>
      this.#forget(slot, nowMs),
    );
  }

  /**
   * Takes one observation that arrived now.
   *
   * @param observation - Read at once; nothing of it is kept by reference but its strings.
   * @param nowMs - Arrival, in milliseconds on the fleet's time line.
   * @returns What became of it, and what had come due before it, in order.
   */
  apply(observation: Observation, nowMs: number): readonly Transition[] {
    if (observation.noRecordedValue) return noTransitions;
    const { idBytes, idStart, idEnd } = observation;
    let slot = this.#registry.ids.find(idBytes, idStart, idEnd);
    if (slot < 0) {
      slot = this.#admit(observation, nowMs);
      if (slot < 0) return noTransitions;
    } else {
      // What was due before this arrival became true before it.
      if (this.#registry.blockOf(slot).deadlineMs[slot & rowMask]! <= nowMs) this.#judge.advance(slot, nowMs);
      if (!this.#registry.isKnown(slot)) return this.apply(observation, nowMs);
      this.#place(slot, observation);
    }
    this.#dispatch(slot, observation, nowMs);
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    if (!this.#registry.isKnown(slot)) {
      this.#judge.settle(slot, madeAt(block, row, observation.timeMs, nowMs), 'first_seen');
      this.#judge.reschedule(slot);
    }
    if (!block.has(row, flag.beats)) this.#heardOf(slot, nowMs);
    return this.#judge.takeTransitions();
  }

  /**
   * Lets time pass: everything that is due by now becomes true, dated at its own deadline.
   *
   * @param nowMs - Milliseconds on the fleet's time line.
   * @returns The transitions, ordered by their moments.
   */
  tick(nowMs: number): readonly Transition[] {
    this.#deadlines.visitDue(this.#registry.blocks, nowMs, (blockIndex, row) => {
      this.#judge.advance((blockIndex << blockShift) | row, nowMs);
    });
    this.#tombstones.sweep(nowMs);
    const transitions = this.#judge.takeTransitions();
    return transitions.length > 1 ? transitions.toSorted((one, other) => one.at - other.at) : transitions;
  }

  get size(): number {
    return this.#registry.size;
  }

  get slotLimit(): number {
    return this.#registry.slotLimit;
  }

  get irregularTransitions(): number {
    return this.#judge.irregularTransitions;
  }

  get rejections(): ReadonlyMap<string, number> {
    return this.#rejections;
  }

  isKnown(slot: number): boolean {
    return this.#registry.isKnown(slot);
  }

  find(id: string): number {
    const bytes = encodeUtf8(id);
    return this.#registry.ids.find(bytes, 0, bytes.length);
  }

  idOf(slot: number): string {
    return this.#registry.ids.idOf(slot);
  }

  sessionOf(slot: number): string {
    return this.#registry.sessions.textOf(this.#block(slot).session[slot & rowMask]!);
  }

  typeOf(slot: number): string {
    return this.#registry.types.textOf(this.#block(slot).type[slot & rowMask]!);
  }

  statusOf(slot: number): AgentStatus {
    return statusPrecedence[this.#block(slot).status[slot & rowMask]!] ?? 'unknown';
  }

  countIn(status: AgentStatus): number {
    return this.#registry.countIn(status);
  }

  has(slot: number, condition: Condition): boolean {
    const block = this.#block(slot);
    const row = slot & rowMask;
    if (condition === 'no_heartbeat') return !block.has(row, flag.beats) && !block.has(row, flag.declared);
    return block.has(row, flag[condition]);
  }

  everHad(slot: number, condition: Condition): boolean {
    return this.#registry.everHad(slot, condition) || this.has(slot, condition);
  }

  transitionsTo(slot: number, status: AgentStatus): number {
    return this.#block(slot).transitions[(slot & rowMask) * statusCount + statusPrecedence.indexOf(status)]!;
  }

  heartbeatsOf(slot: number): number {
    return this.#block(slot).heartbeats[slot & rowMask]!;
  }

  lastSeenMsOf(slot: number): number {
    return this.#block(slot).lastSeenMs[slot & rowMask]!;
  }

  missedHeartbeatsOf(slot: number, nowMs: number): number {
    const block = this.#block(slot);
    const row = slot & rowMask;
    if (!block.has(row, flag.beats)) return Number.NaN;
    const status = this.statusOf(slot);
    if (status === 'paused' || status === 'stopped' || block.has(row, flag.maintenance)) return 0;
    return missedHeartbeats(block, row, nowMs);
  }

  clockSkewMsOf(slot: number): number {
    return skewOf(this.#block(slot), slot & rowMask);
  }

  restartsOf(slot: number): number {
    return this.#block(slot).restarts[slot & rowMask]!;
  }

  operationsCompletedOf(slot: number): number {
    return this.#block(slot).operationsCompleted[slot & rowMask]!;
  }

  operationsFailedOf(slot: number): number {
    return this.#block(slot).operationsFailed[slot & rowMask]!;
  }

  confidenceOf(slot: number): number {
    return this.#block(slot).confidence[slot & rowMask]!;
  }

  queueDepthOf(slot: number): number {
    return this.#block(slot).queueDepth[slot & rowMask]!;
  }

  cpuUtilizationOf(slot: number): number {
    return this.#block(slot).cpuUtilization[slot & rowMask]!;
  }

  memoryBytesOf(slot: number): number {
    return this.#block(slot).memoryBytes[slot & rowMask]!;
  }

  exhaustionOf(slot: number): ExhaustionView | null {
    const exhaustion = this.#registry.detail(slot)?.exhaustion ?? null;
    if (exhaustion === null || !this.has(slot, 'exhausted')) return null;
    return {
      reason: exhaustion.reason,
      scope: exhaustion.scope,
      exhaustedAtMs: exhaustion.exhaustedAtMs,
      recoveryAtMs: Number.isFinite(exhaustion.recoveryAtMs) ? exhaustion.recoveryAtMs : null,
      recoverySource: exhaustion.recoverySource,
    };
  }

  view(slot: number, nowMs: number): AgentView {
    return describeAgent(this, this.#registry, this.#settings, slot, nowMs);
  }

  #block(slot: number): AgentBlock {
    return this.#registry.blockOf(slot);
  }

  /** Takes in an agent seen for the first time; -1 where it may not be. */
  #admit(observation: Observation, nowMs: number): number {
    if (!observation.introduces) return -1;
    const { idBytes, idStart, idEnd } = observation;
    if (this.#tombstones.size > 0) {
      const id = decodeUtf8(idBytes, idStart, idEnd);
      if (this.#tombstones.covers(id, observation.timeMs, nowMs)) return this.#reject('tombstone');
    }
    if (this.#registry.isFull) return this.#reject('agent_limit');
    const slot = this.#registry.add(idBytes, idStart, idEnd, nowMs);
    this.#place(slot, observation);
    return slot;
  }

  /** Notes session, type and way in where they are said and new. */
  #place(slot: number, observation: Observation): void {
    const block = this.#block(slot);
    const row = slot & rowMask;
    const { sessions, types, pipelines } = this.#registry;
    let moved = false;
    if (observation.session !== '' && sessions.textOf(block.session[row]!) !== observation.session) {
      const index = sessions.acquire(observation.session);
      if (index < 0) this.#reject('session_limit');
      else {
        sessions.release(block.session[row]!);
        block.session[row] = index;
        moved = true;
      }
    }
    if (observation.type !== '' && types.textOf(block.type[row]!) !== observation.type) {
      types.release(block.type[row]!);
      block.type[row] = Math.max(0, types.acquire(observation.type));
      moved = true;
    }
    if (observation.pipeline !== '' && pipelines.textOf(block.pipeline[row]!) !== observation.pipeline) {
      pipelines.release(block.pipeline[row]!);
      block.pipeline[row] = Math.max(0, pipelines.acquire(observation.pipeline));
    }
    if (this.#settings.overrides.length > 0 && (moved || !this.#registry.isKnown(slot))) {
      block.override[row] = matchOverride(
        this.#settings,
        this.idOf(slot),
        this.sessionOf(slot),
        this.typeOf(slot),
      );
      if (this.#registry.isKnown(slot)) this.#judge.reschedule(slot);
    }
  }

  #dispatch(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#block(slot);
    const row = slot & rowMask;
    const { value } = observation;
    switch (observation.signal) {
      case signal.heartbeats:
        this.#judge.heartbeats(slot, observation, nowMs);
        break;
      case signal.progress:
        this.#judge.progress(slot, observation, nowMs);
        break;
      case signal.reportedStatus:
        // Every state comes each time, 0 for those that don't hold.
        if (value > 0) this.#report(slot, observation, nowMs);
        break;
      case signal.stateChanged:
        this.#report(slot, observation, nowMs);
        this.#noteStateChange(slot, observation);
        break;
      case signal.heartbeatInterval:
        if (value > 0 && value * 1000 <= this.#settings.maxLeaseMs) this.#judge.promise(slot, value * 1000);
        else this.#reject('invalid_value');
        break;
      case signal.leaseExpiry:
        this.#judge.lease(
          slot,
          madeAt(block, row, observation.timeMs, nowMs) + (value * 1000 - observation.timeMs),
          nowMs,
        );
        break;
      case signal.exhaustedRecoveryTime:
        this.#judge.recoveryTime(slot, observation, nowMs);
        break;
      case signal.operationDuration:
        if (!finishOperations(this.#registry, this.#judge, slot, observation, nowMs))
          this.#reject('series_limit');
        break;
      case signal.operationActive:
        if (!countActiveOperations(this.#registry, this.#judge, slot, observation, nowMs)) {
          this.#reject('series_limit');
        }
        break;
      case signal.confidence:
        if (value >= 0 && value <= 1) block.confidence[row] = value;
        else this.#reject('invalid_value');
        break;
      case signal.queueDepth:
        if (value >= 0) block.queueDepth[row] = value;
        else this.#reject('invalid_value');
        break;
      case signal.messages:
        this.#countMessages(slot, observation);
        break;
      case signal.info:
        this.#registry.ensureDetail(slot).info = observation.info;
        break;
      case signal.processCpuUtilization:
        block.cpuUtilization[row] = value;
        break;
      case signal.processMemoryUsage:
        block.memoryBytes[row] = value;
        break;
      case signal.processThreadCount:
        block.threadCount[row] = value;
        break;
      case signal.processFileDescriptorCount:
        block.fileDescriptors[row] = value;
        break;
      case signal.eventLoopUtilization:
        block.eventLoopUtilization[row] = value;
        break;
      default:
        // Known by now, and that is all it says.
        break;
    }
  }

  #report(slot: number, observation: Observation, nowMs: number): void {
    if (this.#judge.report(slot, observation.state, observation, nowMs) === 'unknown_state') {
      this.#reject('unknown_state');
    }
  }

  #noteStateChange(slot: number, observation: Observation): void {
    const detail = this.#registry.ensureDetail(slot);
    detail.errorMessage =
      observation.state === 'error' && observation.message !== '' ? observation.message : null;
    detail.currentThread = observation.thread === '' ? null : observation.thread;
  }

  #countMessages(slot: number, observation: Observation): void {
    const detail = this.#registry.ensureDetail(slot);
    const { direction } = observation;
    const known = detail.messages.find((series) => series.direction === direction);
    if (known === undefined) {
      if (detail.messages.length >= maxDirections) {
        this.#reject('series_limit');
        return;
      }
      detail.messages.push({
        direction,
        count: observation.value,
        startMs: observation.startTimeMs,
        pointMs: observation.timeMs,
      });
      return;
    }
    if (observation.timeMs < known.pointMs) return;
    known.count = observation.temporality === delta ? known.count + observation.value : observation.value;
    known.pointMs = observation.timeMs;
  }

  /** For an agent without heartbeats the last word of it takes the place of the last sign of life. */
  #heardOf(slot: number, nowMs: number): void {
    const block = this.#block(slot);
    const row = slot & rowMask;
    const isFirst = Number.isNaN(block.lastSeenMs[row]!);
    block.lastSeenMs[row] = nowMs;
    if (isFirst) this.#judge.reschedule(slot);
  }

  #forget(slot: number, nowMs: number): void {
    const block = this.#block(slot);
    const row = slot & rowMask;
    const lastPointMs = Math.max(block.heartbeatsPointMs[row]!, block.reportedPointMs[row]!);
    this.#tombstones.add(this.idOf(slot), lastPointMs, nowMs);
    this.#registry.remove(slot);
  }

  #reject(reason: RejectionReason): -1 {
    this.#rejections.set(reason, (this.#rejections.get(reason) ?? 0) + 1);
    return -1;
  }
}
