import type { AgentStatus } from '@agent-vitals/contract';
import type { Fleet, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import { Backoff } from './backoff.ts';
import type { AlertRow } from './database/alert-table.ts';
import type { AuditEntry } from './database/audit-table.ts';
import type { IncidentRow } from './database/incident-table.ts';
import type { NotificationChange } from './database/notification-table.ts';
import type { Batch, Written } from './database/store-database.ts';
import { type Fact, FactQueue } from './fact-queue.ts';
import { FlushWaiters } from './flush-waiters.ts';
import type { MachineTime } from './machine-time.ts';
import type { SnapshotPace } from './snapshot-pace.ts';
import { SnapshotRounds, type SnapshotTurn } from './snapshot-turn.ts';
import { StoreError } from './store-error.ts';
import type { StoreThread } from './store-thread.ts';
import { epochNow } from './time-line.ts';

/** Facts wait so long for others to share a transaction, unless somebody waits for them. */
const lingerMs = 25;
const factsPerBatch = 2_000;

/** Between these a change is soon forgotten: after a restart such an agent is `unknown` until it is heard. */
const live: ReadonlySet<AgentStatus | null> = new Set<AgentStatus | null>([
  'idle',
  'busy',
  'on_call',
  'waiting',
  'error',
  'stalled',
  'unknown',
]);

export interface StoreWriterOptions {
  readonly thread: Pick<StoreThread, 'call'>;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly machine: () => MachineTime;
  readonly pace: SnapshotPace;
  /** Facts that may wait; beyond, the oldest are dropped. */
  readonly maxFacts: number;
  /** Told of each failure. */
  readonly onFailure: (error: unknown) => void;
  /** Told of each write that succeeds. */
  readonly onWritten: () => void;
  /** Told where the file can't know what was recorded before: it is another one, or facts were dropped. */
  readonly onFactsLost?: () => void;
}

/** A batch under way; its facts are kept until they are written. */
interface Pending {
  readonly batch: Batch;
  /** All facts up to this number are written with it. */
  readonly lastFact: number;
  readonly oldestFactAtMs: number | undefined;
  readonly turn: SnapshotTurn | undefined;
  readonly composedAtMs: number;
}

/**
 * Carries facts and changed blocks to the database, one batch at a time. Facts go at once, blocks at the snapshot's
 * pace; where all that has changed is small, the blocks go along with the facts that changed them, so that a restart
 * finds both. What can't be written is kept and tried again. Queue, pace and failures of one connection belong together:
 * that makes it long.
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  readonly #queue: FactQueue;
  readonly #rounds: SnapshotRounds;
  readonly #waiters = new FlushWaiters();
  readonly #backoff = new Backoff();
  #pending: Pending | undefined;
  #isWriting = false;
  /** A fact was recorded that a restart could not conclude by itself: the blocks are to go along. */
  #wantsTurn = false;
  #lastBatch = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isStopped = false;
  #refusedFacts = 0;
  /** Of those dropped, how many {@link StoreWriterOptions.onFactsLost} was told of. */
  #lostFacts = 0;
  /** Images of batches that failed: the blocks count as changed again as soon as something can be written. */
  #lostImages = 0;
  /** What failed: writes, and copies of blocks. */
  errors = 0;

  constructor(options: StoreWriterOptions) {
    this.#options = options;
    this.#queue = new FactQueue(options.maxFacts);
    this.#rounds = new SnapshotRounds(options.fleet, options.clock, (error) => this.#fail(error));
  }

  /** Begins to write snapshots. */
  start(): void {
    this.#arm();
  }

  get isFailing(): boolean {
    return this.#backoff.isFailing;
  }

  get droppedFacts(): number {
    return this.#queue.dropped + this.#refusedFacts;
  }

  get waitingFacts(): number {
    return this.#queue.size + (this.#pending === undefined ? 0 : factsOf(this.#pending.batch));
  }

  /** The age of the oldest change that is not in the store, in milliseconds; 0 where all is. */
  lagMs(): number {
    const { clock, fleet, pace } = this.#options;
    const nowMs = clock.now();
    const oldestFactAtMs = this.#pending?.oldestFactAtMs ?? this.#queue.oldestAtMs ?? nowMs;
    const hasChanges = this.#pending?.turn !== undefined || this.#lostImages > 0 || fleet.changedImages > 0;
    return Math.max(0, nowMs - oldestFactAtMs, hasChanges ? pace.lagMs(nowMs) : 0);
  }

  record(transitions: readonly Transition[]): void {
    if (transitions.length === 0) return;
    const { clock } = this.#options;
    const recordedAtMs = clock.now();
    for (const { agent, from, to, at, reason, irregular } of transitions) {
      const transition = { agent, from, to, atEpochMs: clock.toEpochMs(at), reason, irregular };
      this.#queue.add({ transition, recordedAtMs });
      this.#wantsTurn ||= !live.has(from) || !live.has(to);
    }
    this.#arm();
  }

  /** Keeps alerts as they are now, in the place of what was known of them. */
  recordAlerts(alerts: readonly AlertRow[]): void {
    if (alerts.length === 0) return;
    const recordedAtMs = this.#options.clock.now();
    for (const alert of alerts) this.#queue.add({ alert, recordedAtMs });
    this.#arm();
  }

  /** Keeps incidents as they are now. */
  recordIncidents(incidents: readonly IncidentRow[]): void {
    if (incidents.length === 0) return;
    const recordedAtMs = this.#options.clock.now();
    for (const incident of incidents) this.#queue.add({ incident, recordedAtMs });
    this.#arm();
  }

  /** Keeps what became of notifications, behind the alerts that they tell of. */
  recordNotification(notification: NotificationChange): void {
    this.#queue.add({ notification, recordedAtMs: this.#options.clock.now() });
    this.#arm();
  }

  /** @returns Whether the entry is on the disk now; where not, it is kept and tried again. */
  audit(entry: AuditEntry): Promise<boolean> {
    const lineAtMs = this.#options.clock.now();
    // What JSON can't say fails here, at the caller, and not at each attempt to write it.
    const detail = JSON.parse(JSON.stringify(entry.detail)) as AuditEntry['detail'];
    this.#queue.add({ audit: { ...entry, detail, lineAtMs }, recordedAtMs: lineAtMs });
    this.#wantsTurn = true;
    return this.flushed();
  }

  /** @returns Whether everything recorded so far is on the disk now; false where it can't be written. */
  flushed(): Promise<boolean> {
    if (this.waitingFacts === 0) return Promise.resolve(true);
    if (this.isFailing) return Promise.resolve(false);
    const written = this.#waiters.waitFor(this.#queue.lastNumber);
    this.#pump();
    return written;
  }

  /**
   * Writes all that is left.
   *
   * @param withinMs - How long it may take.
   * @returns What could not be written.
   */
  async finish(withinMs: number): Promise<{ facts: number; blocks: number }> {
    const { clock, fleet } = this.#options;
    const deadlineMs = clock.now() + withinMs;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    while (this.#isWriting && clock.now() < deadlineMs) await this.#writing;
    let isFirst = true;
    while (clock.now() < deadlineMs) {
      const hasMore = this.waitingFacts > 0 || fleet.changedImages > 0 || this.#pending !== undefined;
      // Even with nothing left it is to be known until when the fleet was observed.
      if (!hasMore && !isFirst) break;
      isFirst = false;
      this.#pending ??= this.#compose(clock.now());
      if (!(await this.#write(this.#pending))) break;
    }
    const blocks = fleet.changedImages + this.#lostImages;
    return { facts: this.waitingFacts, blocks };
  }

  #pump(): void {
    if (this.#isWriting || this.#isStopped) return;
    const nowMs = this.#options.clock.now();
    if (nowMs >= this.#backoff.retryAtMs && (this.#pending !== undefined || this.#isDue(nowMs))) {
      this.#pending ??= this.#compose(nowMs);
      this.#writing = this.#write(this.#pending).then(() => this.#pump());
    }
    this.#arm();
  }

  #isDue(nowMs: number): boolean {
    return nowMs >= this.#factsDueAtMs || nowMs >= this.#options.pace.nextTurnAtMs;
  }

  get #factsDueAtMs(): number {
    const oldestAtMs = this.#queue.oldestAtMs;
    if (oldestAtMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#waiters.isEmpty ? oldestAtMs + lingerMs : oldestAtMs;
  }

  #arm(): void {
    if (this.#isWriting || this.#isStopped) return;
    const dueAtMs = Math.max(
      this.#backoff.retryAtMs,
      this.#pending === undefined ? Math.min(this.#factsDueAtMs, this.#options.pace.nextTurnAtMs) : 0,
    );
    if (this.#timer !== undefined && dueAtMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = dueAtMs;
    const delayMs = Math.max(0, dueAtMs - this.#options.clock.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#pump();
    }, delayMs).unref();
  }

  /** All facts that wait come before the blocks are copied: an image never knows less than the facts beside it. */
  #compose(nowMs: number): Pending {
    const { clock, machine, pace } = this.#options;
    const goesAlong = this.#wantsTurn && this.#rounds.fitsInOneTurn;
    const withTurn = goesAlong || this.#isStopped || nowMs >= pace.nextTurnAtMs;
    this.#wantsTurn = false;
    const oldestFactAtMs = this.#queue.oldestAtMs;
    const facts = this.#queue.take(factsPerBatch);
    const turn = withTurn ? this.#rounds.take() : undefined;
    const batch: Batch = {
      number: ++this.#lastBatch,
      transitions: facts.flatMap((fact: Fact) => ('transition' in fact ? [fact.transition] : [])),
      audit: facts.flatMap((fact: Fact) => ('audit' in fact ? [fact.audit] : [])),
      alerts: facts.flatMap((fact: Fact) => ('alert' in fact ? [fact.alert] : [])),
      incidents: facts.flatMap((fact: Fact) => ('incident' in fact ? [fact.incident] : [])),
      notifications: facts.flatMap((fact: Fact) => ('notification' in fact ? [fact.notification] : [])),
      images: turn?.images ?? [],
      mark: { observedUntilMs: nowMs, observedUntilEpochMs: clock.toEpochMs(nowMs), ...machine() },
    };
    const lastFact = this.#queue.lastNumber - this.#queue.size;
    return { batch, lastFact, oldestFactAtMs, turn, composedAtMs: nowMs };
  }

  /** @returns Whether it is written. */
  async #write(pending: Pending): Promise<boolean> {
    const { clock, thread } = this.#options;
    this.#isWriting = true;
    try {
      const sentAtMs = performance.now();
      const answer = thread.call('write', pending.batch, epochNow(clock));
      const sendingMs = performance.now() - sentAtMs;
      const written = await answer;
      this.#pending = undefined;
      this.#succeed(pending, written, sendingMs);
      return true;
    } catch (error) {
      this.#backoff.failed(clock.now());
      this.#waiters.failed();
      this.#keepFacts(pending, error instanceof StoreError && error.fault === 'invalid');
      this.#fail(error);
      return false;
    } finally {
      this.#isWriting = false;
    }
  }

  #succeed(pending: Pending, { cpuMs, isNewFile }: Written, sendingMs: number): void {
    const { clock, fleet, onWritten, pace } = this.#options;
    const { turn, composedAtMs, lastFact } = pending;
    if (turn !== undefined) {
      const costMs = turn.tookMs + sendingMs + cpuMs;
      pace.turnTaken({ beganAtMs: composedAtMs, nowMs: clock.now(), costMs, isLast: turn.isLast });
    }
    this.#waiters.written(lastFact);
    this.#backoff.succeeded();
    onWritten();
    if (isNewFile || this.droppedFacts > this.#lostFacts) {
      this.#lostFacts = this.droppedFacts;
      this.#options.onFactsLost?.();
    }
    if (!isNewFile && this.#lostImages === 0) return;
    this.#lostImages = 0;
    fleet.markAllChanged();
  }

  /**
   * Of a batch that failed its facts are tried again; its images were handed over and are gone. What the database will
   * never take is dropped, so that it doesn't stand in the way of what comes after it.
   */
  #keepFacts({ batch, ...pending }: Pending, isInvalid: boolean): void {
    this.#lostImages += batch.images.length;
    this.#pending = isInvalid ? undefined : { ...pending, batch: { ...batch, images: [] }, turn: undefined };
    if (isInvalid) this.#refusedFacts += factsOf(batch);
  }

  #fail(error: unknown): void {
    this.errors++;
    this.#options.onFailure(error);
  }
}

function factsOf({ transitions, audit, alerts = [], incidents = [], notifications = [] }: Batch): number {
  return transitions.length + audit.length + alerts.length + incidents.length + notifications.length;
}
