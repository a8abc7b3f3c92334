import { type Condition, statusPrecedence } from '@agent-vitals/contract';
import { type AgentBlock, blockShift, flag, none, rowMask, statusCount } from './block.ts';
import type { Deadlines } from './deadlines.ts';
import { HostBook } from './health/host-book.ts';
import { IntegrationBook } from './health/integration-book.ts';
import { WorkBook } from './health/work-book.ts';
import { ImageChanges } from './image-changes.ts';
import type { Terms } from './lease.ts';
import type { Pipelines } from './pipelines.ts';
import type { Registry } from './registry.ts';
import { nextDue } from './schedule.ts';
import type { FleetSettings } from './settings.ts';
import { late, onTime, type Standing, uncounted, unheard } from './standing.ts';
import { availabilityOf, effectiveStatus, statusIndex } from './status.ts';
import { Tombstones } from './tombstones.ts';
import type { Transition, TransitionReason } from './transition.ts';

const noTransitions: readonly Transition[] = [];

/** Books what has changed: statuses and how they count, deadlines, transitions. The rules decide, the ledger records. */
export class Ledger implements Terms {
  readonly registry: Registry;
  readonly deadlines: Deadlines;
  readonly pipelines: Pipelines;
  readonly settings: FleetSettings;
  readonly work: WorkBook;
  readonly integrations: IntegrationBook;
  /** What is another than its image. */
  readonly changes = new ImageChanges();
  readonly hosts = new HostBook();
  readonly tombstones = new Tombstones();
  startedAtMs = Number.NEGATIVE_INFINITY;
  /**
   * While the processor catches up after a pause of its own, deadlines wait, gaps teach nothing, and the pause counts
   * for nobody's availability.
   */
  suspendedSinceMs = Number.POSITIVE_INFINITY;
  irregularTransitions = 0;
  #transitions: Transition[] = [];
  /** One walk for all ways in that fell silent: whoever is late behind them is to be excused. */
  readonly walk = { nextBlock: 0, blocksLeft: 0, hasBegun: true };
  /** By block: what its agents were before the restart made them unknown, until it has been told. */
  readonly #unannounced = new Map<number, Uint8Array>();

  constructor(registry: Registry, deadlines: Deadlines, pipelines: Pipelines, settings: FleetSettings) {
    this.registry = registry;
    this.deadlines = deadlines;
    this.pipelines = pipelines;
    this.settings = settings;
    this.work = new WorkBook(settings.health);
    this.integrations = new IntegrationBook({
      windowMs: settings.health.windowMs,
      limit: settings.maxIntegrations,
      slowAboveMs: settings.slowIntegrationsMs,
      forgetAfterMs: settings.forgetAfterMs,
      onChange: (row) => this.changes.markIntegration(row),
    });
  }

  get isSuspended(): boolean {
    return this.suspendedSinceMs !== Number.POSITIVE_INFINITY;
  }

  /** Hands over what has changed since the last call. */
  takeTransitions(): readonly Transition[] {
    if (this.#transitions.length === 0) return noTransitions;
    const transitions = this.#transitions;
    this.#transitions = [];
    return transitions;
  }

  /** Takes the effective status and, where it is another than before, tells of it. */
  settle(slot: number, atMs: number, reason: TransitionReason, irregular = false): void {
    const block = this.registry.blockOf(slot);
    const row = slot & rowMask;
    const from = block.status[row]!;
    const to = effectiveStatus(block, row);
    if (to === from) {
      this.tally(slot);
      return;
    }
    if (this.#unannounced.size > 0) {
      const formerStatuses = this.#unannounced.get(slot >>> blockShift);
      if (formerStatuses !== undefined) this.#announce(slot, formerStatuses);
    }
    // Nothing becomes true before what led to it.
    const at = from === none ? atMs : Math.max(atMs, block.statusSinceMs[row]!);
    this.account(slot, at);
    this.registry.setStatus(slot, to);
    block.statusSinceMs[row] = at;
    block.transitions[row * statusCount + to]!++;
    if (irregular) this.irregularTransitions++;
    this.tally(slot);
    this.#transitions.push({
      agent: this.registry.ids.idOf(slot),
      slot,
      from: from === none ? null : statusPrecedence[from]!,
      to: statusPrecedence[to]!,
      at,
      reason: from === none ? 'first_seen' : reason,
      irregular,
    });
    const away = statusIndex.offline;
    if (from !== none && (to === away || (from === away && to !== statusIndex.stopped))) this.flip(slot, at);
  }

  /** Keeps what a block's agents were before a restart: a million transitions at once would hold everything up. */
  announceLater(blockIndex: number, formerStatuses: Uint8Array): void {
    this.#unannounced.set(blockIndex, formerStatuses);
  }

  /** Tells of one block's agents that a restart made unknown. */
  announceNext(): void {
    for (const [blockIndex, formerStatuses] of this.#unannounced) {
      for (let row = 0; row < formerStatuses.length; row++) {
        this.#announce((blockIndex << blockShift) | row, formerStatuses);
      }
      this.#unannounced.delete(blockIndex);
      return;
    }
  }

  /** What has not been told of an agent that is forgotten now need not be told. */
  dropAnnouncement(slot: number): void {
    const formerStatuses = this.#unannounced.get(slot >>> blockShift);
    if (formerStatuses !== undefined) formerStatuses[slot & rowMask] = none;
  }

  /** Tells that a restart made the agent unknown, if that has not been told yet. */
  #announce(slot: number, formerStatuses: Uint8Array): void {
    const from = formerStatuses[slot & rowMask]!;
    if (from === none) return;
    formerStatuses[slot & rowMask] = none;
    this.#transitions.push({
      agent: this.registry.ids.idOf(slot),
      slot,
      from: statusPrecedence[from]!,
      to: 'unknown',
      at: this.startedAtMs,
      reason: 'processor_restart',
      irregular: false,
    });
  }

  /** Sets a condition's flag and remembers that it ever held. */
  mark(slot: number, bit: number, condition: Condition): void {
    this.registry.blockOf(slot).set(slot & rowMask, bit);
    this.registry.noteCondition(slot, condition);
  }

  /** Brings the deadline up to date after a change that may have moved it either way. */
  reschedule(slot: number): void {
    const block = this.registry.blockOf(slot);
    const detail = this.registry.detail(slot);
    this.setDeadline(slot, nextDue(block, slot & rowMask, detail, this, this.pipelines).atMs);
  }

  setDeadline(slot: number, atMs: number): void {
    this.registry.blockOf(slot).deadlineMs[slot & rowMask] = atMs;
    this.deadlines.lower(slot >>> blockShift, atMs);
  }

  /** Counts the agent for its way in as it stands now. */
  tally(slot: number): void {
    const block = this.registry.blockOf(slot);
    const row = slot & rowMask;
    const from = block.standing[row] as Standing;
    const to = standingOf(block, row);
    if (from === to) return;
    this.pipelines.count(block.pipeline[row]!, from, to);
    block.standing[row] = to;
  }

  /** Adds the time since the last account to what the status makes of it; in maintenance it is excluded. */
  account(slot: number, atMs: number): void {
    const block = this.registry.blockOf(slot);
    const row = slot & rowMask;
    const untilMs = Math.min(atMs, this.suspendedSinceMs);
    const span = untilMs - block.accountedAtMs[row]!;
    if (!(span > 0)) return;
    block.accountedAtMs[row] = untilMs;
    if (block.status[row] === none || block.has(row, flag.maintenance)) return;
    const kind = availabilityOf(block.status[row]!);
    if (kind === 'up') block.upMs[row]! += span;
    else if (kind === 'down') block.downMs[row]! += span;
  }

  /** Notes an online/offline change or a restart; enough of them within the window are flapping. */
  flip(slot: number, atMs: number): void {
    const block = this.registry.blockOf(slot);
    if (block.has(slot & rowMask, flag.conflict)) return;
    const { flapThreshold, flapWindowMs } = this.settings;
    const { flips } = this.registry.ensureDetail(slot);
    flips.push(atMs);
    if (flips.length > flapThreshold) flips.shift();
    if (flips.length === flapThreshold && atMs - flips[0]! <= flapWindowMs) {
      this.mark(slot, flag.flapping, 'flapping');
    }
    this.reschedule(slot);
  }

  /** The agent is unknown no more because of its way in. */
  leaveGap(slot: number): void {
    const block = this.registry.blockOf(slot);
    const row = slot & rowMask;
    if (block.gapEpisode[row] !== 0) this.pipelines.countUnknown(block.gapEpisode[row]! - 1, -1);
    block.gapEpisode[row] = 0;
    block.clear(row, flag.unknownByGap);
  }
}

/** Whether an agent can bear witness to its way in: one with a running lease, and whether it is on time. */
function standingOf(block: AgentBlock, row: number): Standing {
  if (!block.has(row, flag.beats) || block.has(row, flag.maintenance)) return uncounted;
  switch (block.status[row]) {
    case none:
    case statusIndex.stopped:
    case statusIndex.offline:
    case statusIndex.paused:
      return uncounted;
    case statusIndex.unknown:
      return block.has(row, flag.unknownByGap) ? uncounted : unheard;
    default:
      return block.has(row, flag.late) ? late : onTime;
  }
}
