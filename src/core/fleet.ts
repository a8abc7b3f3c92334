import { AgentBlock, blockShift, flag, imageShift, rowMask } from './block.ts';
import { Deadlines } from './deadlines.ts';
import { type DeclaredAgent, declareAgents } from './declare.ts';
import { FleetReader } from './fleet-reader.ts';
import type { Health } from './health/score.ts';
import { Intake, type RejectionReason } from './intake.ts';
import { Judge } from './judge.ts';
import { Ledger } from './ledger.ts';
import type { Observation } from './observation.ts';
import { Pipelines } from './pipelines.ts';
import { Placement } from './placement.ts';
import { Registry } from './registry.ts';
import { beginAgain } from './restart.ts';
import { defaultFleetSettings, type FleetSettings } from './settings.ts';
import { shiftDeadlines } from './shift.ts';
import { excuseOthers, passTime } from './silence.ts';
import { madeAt } from './skew.ts';
import { type BlockImage, putImage, takeImage } from './snapshot.ts';
import type { Transition } from './transition.ts';
import { decodeUtf8 } from './utf8.ts';

const noTransitions: readonly Transition[] = [];

/** Agents excused with one whose observation showed that its way in had fallen silent; a tick excuses the others. */
const excusedAtOnce = 500;

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
export class Fleet extends FleetReader {
  readonly #judge: Judge;
  readonly #intake: Intake;
  readonly #placement: Placement;

  /** @param settings - How it judges; what is not given stays at its default. */
  constructor(settings: Partial<FleetSettings> = {}) {
    const all = { ...defaultFleetSettings, ...settings };
    const registry = new Registry(all);
    const pipelines = new Pipelines(all, (index) => registry.pipelines.textOf(index));
    super(registry, new Ledger(registry, new Deadlines(), pipelines, all));
    this.#judge = new Judge(this.ledger);
    this.#intake = new Intake(this.ledger, this.#judge, (reason) => this.#reject(reason));
    this.#placement = new Placement(this.ledger, () => this.#reject('session_limit'));
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
    const isHosts = this.#intake.takeHost(observation, nowMs);
    const { idBytes, idStart, idEnd } = observation;
    if (isHosts && idStart === idEnd) return noTransitions;
    let slot = this.registry.ids.find(idBytes, idStart, idEnd);
    if (slot < 0) {
      slot = this.#admit(observation, nowMs);
      // Where it was forgotten just now, what led there is told.
      if (slot < 0) return this.ledger.takeTransitions();
    } else {
      // What was due before this arrival became true before it.
      if (this.#isDue(slot, nowMs)) {
        const isForgotten = !this.#pass(slot, nowMs);
        if (!this.ledger.walk.hasBegun) excuseOthers(this.ledger, excusedAtOnce);
        if (isForgotten) return this.apply(observation, nowMs);
      }
      this.#placement.place(slot, observation);
    }
    this.#intake.take(slot, observation, nowMs);
    const block = this.registry.blockOf(slot);
    const row = slot & rowMask;
    this.ledger.changes.markAgents(slot >>> imageShift);
    if (!this.registry.isKnown(slot)) {
      this.ledger.settle(slot, madeAt(block, row, observation.timeMs, nowMs), 'first_seen');
      this.ledger.reschedule(slot);
    }
    if (!block.has(row, flag.beats)) this.#heardOf(slot, observation.timeMs, nowMs);
    return this.ledger.takeTransitions();
  }

  /**
   * Notes that a request arrived by a pipeline, after what it says was applied: whoever delivers is not blind.
   *
   * @param pipeline - The way in, as observations name it.
   * @param nowMs - Arrival.
   */
  heard(pipeline: string, nowMs: number): void {
    const index = this.registry.pipelines.find(pipeline);
    if (index >= 0) this.ledger.pipelines.heard(index, nowMs, this.ledger.isSuspended);
  }

  /**
   * The processor was not there for a while (its own event loop stood still): from now on nothing becomes due, while
   * what waited in the receivers is applied. {@link Fleet.resume} ends it.
   *
   * @param sinceMs - When it was last there.
   */
  suspend(sinceMs: number): void {
    this.ledger.suspendedSinceMs = sinceMs;
  }

  /**
   * The processor is back: deadlines are shifted by the time it was away, which counts for nobody's availability.
   *
   * @param pauseMs - How long it was away; 0 where that was too short to count.
   * @param nowMs - When it came back.
   */
  resume(pauseMs: number, nowMs: number): void {
    this.ledger.suspendedSinceMs = Number.POSITIVE_INFINITY;
    if (pauseMs > 0) shiftDeadlines(this.ledger, pauseMs, nowMs);
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
    this.ledger.changes.markAgents(slot >>> imageShift);
  }

  /** The operator resumes: lease, late and stall start afresh. */
  endMaintenance(slot: number, nowMs: number): readonly Transition[] {
    if (this.has(slot, 'maintenance')) this.#judge.endMaintenance(slot, nowMs);
    this.ledger.changes.markAgents(slot >>> imageShift);
    return this.ledger.takeTransitions();
  }

  /** Mutes an agent's alerts until then; `Infinity` is until {@link Fleet.unmute}. */
  mute(slot: number, untilMs: number): void {
    this.registry.ensureDetail(slot).mutedUntilMs = untilMs;
    this.ledger.mark(slot, flag.muted, 'muted');
    this.ledger.reschedule(slot);
    this.ledger.changes.markAgents(slot >>> imageShift);
  }

  unmute(slot: number): void {
    this.block(slot).clear(slot & rowMask, flag.muted);
    this.ledger.reschedule(slot);
    this.ledger.changes.markAgents(slot >>> imageShift);
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
    for (const _refused of declareAgents(this.ledger, agents, nowMs)) this.#reject('agent_limit');
    for (const agent of agents) {
      const slot = this.find(agent.id);
      if (slot < 0) continue;
      this.#placement.matchOverride(slot);
      this.ledger.changes.markAgents(slot >>> imageShift);
    }
    return this.ledger.takeTransitions();
  }

  /**
   * Copies the next agents, or integrations, of which some have changed since their last image, in turn.
   *
   * @returns The image, or undefined where nothing has changed.
   */
  takeImage(): BlockImage | undefined {
    const index = this.ledger.changes.take();
    return index === undefined ? undefined : takeImage(this.ledger, index);
  }

  /** Images that are to be taken anew. */
  get changedImages(): number {
    return this.ledger.changes.count;
  }

  /** Everything counts as changed, for a store that has lost its images. */
  markAllChanged(): void {
    this.ledger.changes.markAll();
  }

  /**
   * Puts an image of a snapshot back, into a fleet that has seen nothing yet. {@link Fleet.begin} comes after the last.
   *
   * @param image - As {@link Fleet.takeImage} gave it.
   * @throws RangeError where the image is damaged or of another version.
   */
  restore(image: BlockImage): void {
    putImage(this.ledger, image);
  }

  /**
   * Begins after a restart: agents that were live are `unknown`, each until it is heard or its grace ends. The
   * transitions that say so come with the next ticks, a block at a time.
   *
   * @param savedAtMs - Until when the fleet was observed before.
   * @param nowMs - When it begins.
   * @param isMeasured - Whether the time between the two was measured. Where it is only what a wall clock said, which
   *   may have been set, how agents' clocks lie beside the time line is learned anew: nobody's signs of life look old.
   */
  begin(savedAtMs: number, nowMs: number, isMeasured = true): void {
    this.registry.collectFree();
    this.ledger.work.clearFuture(nowMs);
    this.ledger.integrations.clearFuture(nowMs);
    beginAgain(this.ledger, savedAtMs, nowMs, isMeasured);
    for (let slot = 0; slot < this.slotLimit; slot++) {
      if (this.isKnown(slot)) this.ledger.changes.markAgents(slot >>> imageShift);
    }
  }

  /**
   * Notes the health of some agents, for their trends; the caller goes round all of them once a minute.
   *
   * @param firstSlot - Where to begin.
   * @param count - How many slots to look at.
   * @param nowMs - When.
   * @param each - Called with each known agent's slot and health, for whoever keeps a history.
   */
  sampleHealth(
    firstSlot: number,
    count: number,
    nowMs: number,
    each?: (slot: number, health: Health | null) => void,
  ): void {
    const end = Math.min(this.slotLimit, firstSlot + count);
    for (let slot = firstSlot; slot < end; slot++) {
      if (!this.isKnown(slot)) continue;
      const health = this.healthOf(slot, nowMs);
      if (health !== null) this.ledger.work.addScore(slot, health.score, nowMs);
      each?.(slot, health);
    }
  }

  /**
   * Notes the health of what agents call outside, for its trends; as with {@link Fleet.sampleHealth}, the caller goes
   * round all of them once a minute.
   */
  sampleIntegrations(nowMs: number, first?: number, count?: number): void {
    this.ledger.integrations.sample(nowMs, first, count);
  }

  /** Bytes that the hot state takes: columns, ids and their table. */
  get byteLength(): number {
    return this.registry.blocks.length * AgentBlock.byteLength + this.registry.ids.byteLength;
  }

  /**
   * Lets time pass: everything that is due by now becomes true, dated at its own deadline.
   *
   * @param nowMs - Milliseconds on the fleet's time line.
   * @param limit - How many agents are looked at, at most, and as many excused with them whose way in fell silent, so
   *   that a storm does not hold up the caller; the others stay due, and what becomes true of them is dated at their deadlines all the same.
   * @returns The transitions, ordered by their moments.
   */
  tick(nowMs: number, limit = Number.POSITIVE_INFINITY): readonly Transition[] {
    if (this.ledger.isSuspended) return noTransitions;
    this.ledger.announceNext();
    this.ledger.deadlines.visitDue(this.registry.blocks, nowMs, limit, (blockIndex, row) => {
      this.#pass((blockIndex << blockShift) | row, nowMs);
    });
    excuseOthers(this.ledger, limit);
    this.ledger.tombstones.sweep(nowMs);
    const transitions = this.ledger.takeTransitions();
    return transitions.length > 1 ? transitions.toSorted((one, other) => one.at - other.at) : transitions;
  }

  /** Takes in an agent seen for the first time; -1 where it may not be. */
  #admit(observation: Observation, nowMs: number): number {
    if (!observation.introduces) return -1;
    const { idBytes, idStart, idEnd } = observation;
    if (this.ledger.tombstones.size > 0) {
      const id = decodeUtf8(idBytes, idStart, idEnd);
      if (this.ledger.tombstones.covers(id, observation.timeMs, nowMs)) return this.#reject('tombstone');
    }
    if (this.registry.isFull) return this.#reject('agent_limit');
    const slot = this.registry.add(idBytes, idStart, idEnd, nowMs);
    this.#placement.place(slot, observation);
    return slot;
  }

  #isDue(slot: number, nowMs: number): boolean {
    return !this.ledger.isSuspended && this.block(slot).deadlineMs[slot & rowMask]! <= nowMs;
  }

  /** Lets time pass for one agent; false where it was forgotten. */
  #pass(slot: number, nowMs: number): boolean {
    this.ledger.changes.markAgents(slot >>> imageShift);
    if (passTime(this.ledger, slot, nowMs)) return true;
    this.#forget(slot, nowMs);
    return false;
  }

  /** For an agent without heartbeats the last word of it takes the place of the last sign of life. */
  #heardOf(slot: number, pointMs: number, nowMs: number): void {
    const block = this.block(slot);
    const row = slot & rowMask;
    // It has no heartbeats whose start this could be: when it is forgotten, older points are to be known as such.
    block.heartbeatsStartMs[row] = Math.max(block.heartbeatsStartMs[row]!, pointMs);
    const isFirst = Number.isNaN(block.lastSeenMs[row]!);
    block.lastSeenMs[row] = nowMs;
    const detail = this.registry.detail(slot);
    if (detail !== undefined) detail.afresh = null;
    if (isFirst) this.ledger.reschedule(slot);
  }

  #forget(slot: number, nowMs: number): void {
    this.ledger.changes.markAgents(slot >>> imageShift);
    const block = this.block(slot);
    const row = slot & rowMask;
    const lastWordMs = block.has(row, flag.beats) ? 0 : block.heartbeatsStartMs[row]!;
    const lastPointMs = Math.max(block.heartbeatsPointMs[row]!, block.reportedPointMs[row]!, lastWordMs);
    this.ledger.tombstones.add(this.idOf(slot), lastPointMs, nowMs, slot >>> imageShift);
    this.ledger.leaveGap(slot);
    this.ledger.dropAnnouncement(slot);
    this.#placement.leave(slot);
    this.ledger.work.forget(slot);
    this.registry.remove(slot);
  }

  #reject(reason: RejectionReason): -1 {
    this.rejectionCounts.set(reason, (this.rejectionCounts.get(reason) ?? 0) + 1);
    return -1;
  }
}
