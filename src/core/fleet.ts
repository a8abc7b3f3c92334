import { type AgentStatus, type Condition, statusPrecedence } from '@agent-vitals/contract';
import { AgentBlock, blockShift, flag, rowMask, statusCount } from './block.ts';
import { Deadlines } from './deadlines.ts';
import { type DeclaredAgent, declareAgents } from './declare.ts';
import { describeAgent } from './describe.ts';
import { reportRecovery } from './exhaustion.ts';
import { Judge } from './judge.ts';
import { matchOverride, missedHeartbeats } from './lease.ts';
import { Ledger } from './ledger.ts';
import { delta, type Observation, signalOf } from './observation.ts';
import { type Gap, Pipelines, uncounted } from './pipelines.ts';
import { Registry } from './registry.ts';
import { beginAgain } from './restart.ts';
import { defaultFleetSettings, type FleetSettings } from './settings.ts';
import { shiftDeadlines } from './shift.ts';
import { passTime } from './silence.ts';
import { madeAt, skewOf } from './skew.ts';
import { type BlockImage, putImage, takeImage } from './snapshot.ts';
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
  readonly #pipelines: Pipelines;
  readonly #ledger: Ledger;
  readonly #judge: Judge;
  readonly #tombstones = new Tombstones();
  /** By block: whether it has changed since its last image. */
  readonly #dirty: boolean[] = [];
  #imageCursor = 0;
  /** While the processor catches up after a pause of its own, deadlines wait. */
  #isSuspended = false;
  readonly #rejections = new Map<RejectionReason, number>();

  /** @param settings - How it judges; what is not given stays at its default. */
  constructor(settings: Partial<FleetSettings> = {}) {
    this.#settings = { ...defaultFleetSettings, ...settings };
    this.#registry = new Registry(this.#settings);
    const { pipelines } = this.#registry;
    this.#pipelines = new Pipelines(this.#settings, (index) => pipelines.textOf(index));
    this.#ledger = new Ledger(this.#registry, this.#deadlines, this.#pipelines, this.#settings);
    this.#judge = new Judge(this.#ledger);
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
      if (this.#isDue(slot, nowMs) && !this.#pass(slot, nowMs)) return this.apply(observation, nowMs);
      this.#place(slot, observation);
    }
    this.#dispatch(slot, observation, nowMs);
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    this.#dirty[slot >>> blockShift] = true;
    if (!this.#registry.isKnown(slot)) {
      this.#ledger.settle(slot, madeAt(block, row, observation.timeMs, nowMs), 'first_seen');
      this.#ledger.reschedule(slot);
    }
    if (!block.has(row, flag.beats)) this.#heardOf(slot, nowMs);
    return this.#ledger.takeTransitions();
  }

  /**
   * Notes that a request arrived by a pipeline, after what it says was applied: whoever delivers is not blind.
   *
   * @param pipeline - The way in, as observations name it.
   * @param nowMs - Arrival.
   */
  heard(pipeline: string, nowMs: number): void {
    const index = this.#registry.pipelines.find(pipeline);
    if (index >= 0) this.#pipelines.heard(index, nowMs);
  }

  /**
   * The processor was not there for a while (its own event loop stood still): from now on nothing becomes due, while
   * what waited in the receivers is applied. {@link Fleet.resume} ends it.
   */
  suspend(): void {
    this.#isSuspended = true;
  }

  /**
   * The processor is back: deadlines are shifted by the time it was away, which counts for nobody's availability.
   *
   * @param pauseMs - How long it was away.
   * @param nowMs - When it came back.
   */
  resume(pauseMs: number, nowMs: number): void {
    this.#isSuspended = false;
    shiftDeadlines(this.#ledger, pauseMs, nowMs);
  }

  /**
   * The operator's pause: the status stays what is reported, nothing becomes late, offline or stalled, no alert; it
   * lasts until {@link Fleet.endMaintenance}.
   *
   * @param slot - The agent.
   * @param nowMs - When.
   */
  beginMaintenance(slot: number, nowMs: number): void {
    if (this.has(slot, 'maintenance')) return;
    this.#judge.beginMaintenance(slot, nowMs);
    this.#dirty[slot >>> blockShift] = true;
  }

  /** The operator resumes: lease, late and stall start afresh. */
  endMaintenance(slot: number, nowMs: number): readonly Transition[] {
    if (this.has(slot, 'maintenance')) this.#judge.endMaintenance(slot, nowMs);
    this.#dirty[slot >>> blockShift] = true;
    return this.#ledger.takeTransitions();
  }

  /** Mutes an agent's alerts until then; `Infinity` is until {@link Fleet.unmute}. */
  mute(slot: number, untilMs: number): void {
    this.#registry.ensureDetail(slot).mutedUntilMs = untilMs;
    this.#ledger.mark(slot, flag.muted, 'muted');
    this.#ledger.reschedule(slot);
    this.#dirty[slot >>> blockShift] = true;
  }

  unmute(slot: number): void {
    this.#block(slot).clear(slot & rowMask, flag.muted);
    this.#ledger.reschedule(slot);
    this.#dirty[slot >>> blockShift] = true;
  }

  /** Forgets an agent at once; a tombstone keeps older points from bringing it back. */
  forget(slot: number, nowMs: number): void {
    this.#forget(slot, nowMs);
  }

  /**
   * Takes the agents that the configuration expects, in place of those declared before.
   *
   * @param agents - Each with its id and what is known of it.
   * @param nowMs - When.
   * @returns The transitions of those that are new.
   */
  declare(agents: readonly DeclaredAgent[], nowMs: number): readonly Transition[] {
    for (const _refused of declareAgents(this.#ledger, agents, nowMs)) this.#reject('agent_limit');
    for (const agent of agents) {
      const slot = this.find(agent.id);
      if (slot < 0) continue;
      this.#matchOverride(slot);
      this.#dirty[slot >>> blockShift] = true;
    }
    return this.#ledger.takeTransitions();
  }

  /**
   * Copies the next block that has changed since its last image, in turn.
   *
   * @returns The image, or undefined where nothing has changed.
   */
  takeImage(): BlockImage | undefined {
    const count = this.#registry.blocks.length;
    for (let step = 0; step < count; step++) {
      const index = (this.#imageCursor + step) % count;
      if (this.#dirty[index] !== true) continue;
      this.#dirty[index] = false;
      this.#imageCursor = (index + 1) % count;
      return takeImage(this.#registry, index);
    }
    return undefined;
  }

  /** Blocks that have changed since their last image. */
  get changedBlocks(): number {
    let changed = 0;
    for (const isDirty of this.#dirty) if (isDirty) changed++;
    return changed;
  }

  /**
   * Puts a block of a snapshot back, into a fleet that has seen nothing yet. {@link Fleet.begin} comes after the last.
   *
   * @param image - As {@link Fleet.takeImage} gave it.
   * @throws RangeError where the image is damaged or of another version.
   */
  restore(image: BlockImage): void {
    putImage(this.#registry, image);
  }

  /**
   * Begins after a restart: agents that were live are `unknown`, each until it is heard or its grace ends. The
   * transitions that say so come with the next ticks, a block at a time.
   *
   * @param savedAtMs - Until when the fleet was observed before.
   * @param nowMs - When it begins.
   */
  begin(savedAtMs: number, nowMs: number): void {
    this.#registry.collectFree();
    beginAgain(this.#ledger, savedAtMs, nowMs);
    for (let index = 0; index < this.#registry.blocks.length; index++) this.#dirty[index] = true;
  }

  /** Bytes that the hot state takes: columns, ids and their table. */
  get byteLength(): number {
    return this.#registry.blocks.length * AgentBlock.byteLength + this.#registry.ids.byteLength;
  }

  /** The silences of whole pipelines under which agents are unknown. */
  get gaps(): readonly Gap[] {
    return this.#pipelines.gaps;
  }

  /**
   * Lets time pass: everything that is due by now becomes true, dated at its own deadline.
   *
   * @param nowMs - Milliseconds on the fleet's time line.
   * @param limit - How many agents are looked at, at most, so that a storm does not hold up the caller; the others
   *   stay due, and what becomes true of them is dated at their deadlines all the same.
   * @returns The transitions, ordered by their moments.
   */
  tick(nowMs: number, limit = Number.POSITIVE_INFINITY): readonly Transition[] {
    if (this.#isSuspended) return noTransitions;
    this.#ledger.announceNext();
    this.#deadlines.visitDue(this.#registry.blocks, nowMs, limit, (blockIndex, row) => {
      this.#pass((blockIndex << blockShift) | row, nowMs);
    });
    this.#tombstones.sweep(nowMs);
    const transitions = this.#ledger.takeTransitions();
    return transitions.length > 1 ? transitions.toSorted((one, other) => one.at - other.at) : transitions;
  }

  get size(): number {
    return this.#registry.size;
  }

  get slotLimit(): number {
    return this.#registry.slotLimit;
  }

  get irregularTransitions(): number {
    return this.#ledger.irregularTransitions;
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
    return describeAgent(this, this.#registry, this.#ledger, slot, nowMs);
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
      const index = Math.max(0, pipelines.acquire(observation.pipeline));
      this.#moveTo(slot, index);
    } else if (!this.#registry.isKnown(slot)) {
      this.#pipelines.join(block.pipeline[row]!);
    }
    if (this.#settings.overrides.length > 0 && (moved || !this.#registry.isKnown(slot))) {
      this.#matchOverride(slot);
    }
  }

  #matchOverride(slot: number): void {
    const index = matchOverride(this.#settings, this.idOf(slot), this.sessionOf(slot), this.typeOf(slot));
    this.#block(slot).override[slot & rowMask] = index;
    if (this.#registry.isKnown(slot)) this.#ledger.reschedule(slot);
  }

  /** The agent comes by another way in; the index is acquired already. */
  #moveTo(slot: number, pipeline: number): void {
    const block = this.#block(slot);
    const row = slot & rowMask;
    if (this.#registry.isKnown(slot)) this.#leavePipeline(slot);
    block.pipeline[row] = pipeline;
    this.#pipelines.join(pipeline);
    if (this.#registry.isKnown(slot)) this.#ledger.tally(slot);
  }

  #leavePipeline(slot: number): void {
    const block = this.#block(slot);
    const row = slot & rowMask;
    const pipeline = block.pipeline[row]!;
    this.#pipelines.count(pipeline, block.standing[row] as 0 | 1 | 2, uncounted);
    block.standing[row] = uncounted;
    this.#pipelines.leave(pipeline);
    this.#registry.pipelines.release(pipeline);
    block.pipeline[row] = 0;
  }

  #isDue(slot: number, nowMs: number): boolean {
    return !this.#isSuspended && this.#block(slot).deadlineMs[slot & rowMask]! <= nowMs;
  }

  /** Lets time pass for one agent; false where it was forgotten. */
  #pass(slot: number, nowMs: number): boolean {
    this.#dirty[slot >>> blockShift] = true;
    if (passTime(this.#ledger, slot, nowMs)) return true;
    this.#forget(slot, nowMs);
    return false;
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
        reportRecovery(this.#ledger, slot, observation, nowMs);
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
    if (!this.#judge.report(slot, observation.state, observation, nowMs)) this.#reject('unknown_state');
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
    if (isFirst) this.#ledger.reschedule(slot);
  }

  #forget(slot: number, nowMs: number): void {
    this.#dirty[slot >>> blockShift] = true;
    const block = this.#block(slot);
    const row = slot & rowMask;
    const lastPointMs = Math.max(block.heartbeatsPointMs[row]!, block.reportedPointMs[row]!);
    this.#tombstones.add(this.idOf(slot), lastPointMs, nowMs);
    this.#ledger.leaveGap(slot);
    this.#leavePipeline(slot);
    this.#registry.remove(slot);
  }

  #reject(reason: RejectionReason): -1 {
    this.#rejections.set(reason, (this.#rejections.get(reason) ?? 0) + 1);
    return -1;
  }
}
