// The one place where time, fleet, book and store meet: what each of them does is a file of its own, and what is left
// is the order of it, which belongs together.
import type { AlertSeverity } from '@agent-vitals/contract';
import {
  type Acknowledgement,
  AgentJudge,
  type Alert,
  AlertBook,
  type AlertChange,
  type AlertSettings,
  type Fleet,
  type FleetSettings,
  type Transition,
} from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { StoreService } from '../store/index.ts';
import { AccountTally } from './account-tally.ts';
import { AgentAlerts } from './agent-alerts.ts';
import { GroupAlerts, type GroupAlertsOptions, type ReceiverState } from './group-alerts.ts';
import { IncidentKeeper } from './incident-keeper.ts';
import { alertOfRow, rowOfAlert, rowOfNoAlert } from './records.ts';
import { SlotQueue } from './slot-queue.ts';

/** A step of the round is taken this often. */
const stepEveryMs = 25;
/** A round through the fleet begins no sooner than so long after the last. */
const shortestRoundMs = 1_000;
/** And looks at no more agents than this: a large fleet takes longer. */
const agentsPerMs = 40;
/** One turn of the event loop belongs to alerts for so long at most, and so many changes come of it to be handed on. */
const turnMs = 3;
const changesPerTurn = 200;
/** Judgements between two looks at the time. */
const judgementsPerLook = 32;
/** A step that comes later than this was not late by load: the processor stood still. */
const ownStallMs = 5_000;
const rowsPerPage = 2_000;

/** Where alerts and incidents are kept. */
export type AlertStore = Pick<
  StoreService,
  'recordAlerts' | 'alerts' | 'onFactsLost' | 'recordIncidents' | 'openIncidents' | 'incidents'
>;

export interface AlertEngineOptions extends Pick<GroupAlertsOptions, 'verdictOf' | 'ownHost'> {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly store: AlertStore;
  readonly settings: AlertSettings;
  readonly health: FleetSettings['health'];
  /** For so long after a restart agents may not have been heard yet. */
  readonly graceMs: number;
  /** Until when the fleet was observed before a restart, on its time line; undefined where it never was. */
  readonly observedUntilMs?: number | undefined;
  readonly onFailure: (where: string, error: unknown) => void;
  /** Milliseconds on any steady line, to measure a turn by; by default `performance.now`. */
  readonly stopwatch?: () => number;
}

/** Told of what has become of alerts, in order. */
export type AlertListener = (changes: readonly AlertChange[]) => void;

/**
 * Judges alerts: an agent at each of its transitions and, in rounds, all of them and what they have in common. What
 * comes of it is on its way to the disk before anybody is told. A turn of the event loop is given up after some
 * milliseconds, whatever happens to the fleet.
 *
 * @example
 * ```ts
 * const engine = new AlertEngine({ fleet, clock, store, settings, health, graceMs, verdictOf, ownHost, onFailure });
 * await engine.restore();
 * engine.onChanges((changes) => notifier.take(changes));
 * engine.start();
 * engine.onTransitions(fleet.tick(clock.now()));
 * ```
 */
export class AlertEngine {
  readonly incidents: IncidentKeeper;
  readonly #options: AlertEngineOptions;
  readonly #book: AlertBook;
  readonly #agents: AgentAlerts;
  readonly #groups: GroupAlerts;
  readonly #queue = new SlotQueue();
  readonly #stopwatch: () => number;
  #listeners: AlertListener[] = [];
  #receivers: () => Iterable<ReceiverState> = () => [];
  #round: Iterator<void> | undefined;
  #roundBeganAtMs = Number.NEGATIVE_INFINITY;
  /** All alerts, where the store is to be told of them anew. */
  #resaving: Iterator<Alert> | undefined;
  #blindUntilMs = Number.NEGATIVE_INFINITY;
  #lastStepMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isDraining = false;
  #isStopped = false;
  #rounds = 0;

  constructor(options: AlertEngineOptions) {
    const { fleet, settings, health, clock, store } = options;
    this.#options = options;
    this.#stopwatch = options.stopwatch ?? (() => performance.now());
    this.#book = new AlertBook({ settings });
    this.incidents = new IncidentKeeper(store, clock);
    this.#agents = new AgentAlerts({
      fleet,
      book: this.#book,
      judge: new AgentJudge(fleet, settings, health),
    });
    this.#groups = new GroupAlerts({
      ...options,
      book: this.#book,
      incidents: this.incidents,
      receivers: () => this.#receivers(),
    });
    this.#lastStepMs = clock.now();
    store.onFactsLost(() => {
      this.#resaving = this.#book.entries();
      this.incidents.book.markAllChanged();
    });
  }

  /**
   * Takes back what was there before a restart; to be called before the first judgement. What can't be read is said,
   * and judged anew.
   */
  async restore(): Promise<void> {
    const { store, clock, graceMs, fleet, onFailure, observedUntilMs } = this.#options;
    const nowMs = clock.now();
    try {
      await this.incidents.restore();
      for (let afterId = ''; ; ) {
        const rows = await store.alerts(afterId, rowsPerPage);
        this.#book.restore(
          rows.map(alertOfRow).filter((alert) => alert !== undefined),
          nowMs,
          observedUntilMs,
        );
        if (rows.length < rowsPerPage) break;
        afterId = rows.at(-1)!.id;
      }
    } catch (error) {
      onFailure('restoring alerts', error);
    }
    if (fleet.size > 0 || this.#book.openCount > 0) this.#blindUntilMs = nowMs + graceMs;
    this.#agents.restored(this.#blindUntilMs);
  }

  /** Tells of every change from now on, in order; a listener that throws is reported, and harms nobody else. */
  onChanges(listener: AlertListener): void {
    this.#listeners.push(listener);
  }

  /** Says who knows whether notifications are delivered. */
  watchReceivers(receivers: () => Iterable<ReceiverState>): void {
    this.#receivers = receivers;
  }

  /** Begins to judge by itself. */
  start(): void {
    this.#lastStepMs = this.#options.clock.now();
    // While the next turn is taken anyway, this one is for others.
    this.#timer ??= setInterval(() => this.#isDraining || this.#tick(), stepEveryMs).unref();
  }

  /** Judges no more; what has changed is on its way to the disk. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#isStopped = true;
    this.#flush();
    this.incidents.save(this.#options.clock.now());
  }

  /** Takes every change of a status: those agents are judged next. */
  onTransitions(transitions: readonly Transition[]): void {
    const { fleet } = this.#options;
    for (const { slot, at, reason, to, agent } of transitions) {
      this.#queue.add(slot, at);
      if (to === 'unknown' && reason === 'telemetry_gap')
        this.#joinGap(fleet.isKnown(slot) ? slot : -1, agent);
    }
    if (this.#timer !== undefined && this.#queue.size > 0) this.#drainSoon();
  }

  /**
   * Goes on for a turn: those whose status has changed, what falls due by itself, the round.
   *
   * @param nowMs - On the fleet's time line.
   * @returns Whether all that was due is done.
   */
  step(nowMs: number): boolean {
    if (nowMs - this.#lastStepMs > ownStallMs) this.#book.unseen(this.#lastStepMs);
    this.#lastStepMs = nowMs;
    const until = this.#stopwatch() + turnMs;
    const isDone =
      this.#drain(nowMs, until) && this.#book.tick(nowMs, changesPerTurn) && this.#goRound(nowMs, until);
    this.#flush();
    this.#resave();
    return isDone;
  }

  /** An alert as it is now. */
  find(id: string): Alert | undefined {
    return this.#book.find(id);
  }

  /** Pending ones, those that fire, and those that were resolved within the last day. */
  entries(): Iterable<Alert> {
    return this.#book.entries();
  }

  firing(): Iterable<Alert> {
    return this.#book.firing();
  }

  /** Alerts that fire, by severity. */
  get counts(): Readonly<Record<AlertSeverity, number>> {
    return this.#book.firingCounts;
  }

  /** Alerts that are pending or fire. */
  get openCount(): number {
    return this.#book.openCount;
  }

  /** Alerts and incidents that were not opened as there was no room. */
  get dropped(): number {
    return this.#book.refused + this.incidents.book.dropped;
  }

  /** Whole rounds so far. */
  get rounds(): number {
    return this.#rounds;
  }

  /**
   * Takes an alert in hand; it is on its way to the disk when this returns.
   *
   * @returns The alert as it is now; undefined where it isn't known.
   * @throws RangeError where `untilMs` is not later than now.
   */
  acknowledge(id: string, { by, comment, untilMs }: Omit<Acknowledgement, 'atMs'>): Alert | undefined {
    const alert = this.#book.acknowledge(id, { by, comment, untilMs }, this.#options.clock.now());
    this.#flush();
    return alert;
  }

  #tick(): void {
    try {
      if (!this.step(this.#options.clock.now())) this.#drainSoon();
    } catch (error) {
      this.#options.onFailure('judging of alerts', error);
    }
  }

  /** Goes on in the next turn of the event loop instead of at the next step. */
  #drainSoon(): void {
    if (this.#isDraining || this.#isStopped) return;
    this.#isDraining = true;
    setImmediate(() => {
      this.#isDraining = false;
      if (!this.#isStopped) this.#tick();
    });
  }

  #isOver(until: number): boolean {
    return this.#book.changeCount >= changesPerTurn || this.#stopwatch() >= until;
  }

  #drain(nowMs: number, until: number): boolean {
    for (let judged = 1; this.#queue.size > 0; judged++) {
      const { slot, atMs } = this.#queue.take();
      this.#agents.judge(slot, nowMs, atMs);
      if (judged % judgementsPerLook === 0 && this.#isOver(until)) return this.#queue.size === 0;
    }
    return true;
  }

  /** @returns False where the turn was over before the round was as far as it should be. */
  #goRound(nowMs: number, until: number): boolean {
    if (this.#round === undefined) {
      if (nowMs - this.#roundBeganAtMs < shortestRoundMs) return true;
      this.#roundBeganAtMs = nowMs;
      this.#round = this.#newRound();
    }
    for (let judged = 1; ; judged++) {
      if (this.#round.next().done === true) {
        this.#round = undefined;
        this.#rounds++;
        this.incidents.save(nowMs);
        return true;
      }
      // The pace is that of the agents: a step of anything else costs no more.
      if (judged >= agentsPerMs * stepEveryMs) return true;
      if (judged % judgementsPerLook === 0 && this.#isOver(until)) return true;
    }
  }

  /** Judges everything once, a step at a time; its now is that of the step. */
  *#newRound(): Generator<void> {
    const { fleet } = this.#options;
    const accounts = new AccountTally();
    for (let slot = 0; slot < fleet.slotLimit; slot++) {
      this.#agents.judge(slot, this.#lastStepMs);
      if (fleet.isKnown(slot)) this.#noteMember(slot, accounts);
      yield;
    }
    yield* this.#agents.endOrphans(this.#lastStepMs);
    yield* this.#groups.round(accounts, this.#isBlind, this.#lastStepMs);
  }

  get #isBlind(): boolean {
    return this.#lastStepMs < this.#blindUntilMs;
  }

  /** What an agent is part of. */
  #noteMember(slot: number, accounts: AccountTally): void {
    const { fleet } = this.#options;
    if (fleet.has(slot, 'exhausted')) {
      const exhaustion = fleet.exhaustionOf(slot);
      if (exhaustion !== null) accounts.add(fleet.idOf(slot), exhaustion);
    }
    if (this.incidents.book.openCount === 0) return;
    const session = fleet.sessionOf(slot);
    if (session === '' || !this.incidents.book.isOpen('session_critical', session)) return;
    const status = fleet.statusOf(slot);
    if (status === 'offline' || status === 'error' || status === 'stalled' || status === 'exhausted')
      this.incidents.book.add('session_critical', session, fleet.idOf(slot));
  }

  /** The silence of a way in stands before anything that it explains, and names all who became unknown by it. */
  #joinGap(slot: number, agent: string): void {
    if (slot < 0) return;
    const pipeline = this.#options.fleet.pipelineOf(slot);
    const { book } = this.incidents;
    if (!book.isOpen('telemetry_gap', pipeline))
      this.#groups.judgePipelines(this.#isBlind, this.#options.clock.now());
    book.add('telemetry_gap', pipeline, agent);
  }

  /** Hands on what has changed: to the store first. */
  #flush(): void {
    if (this.#book.changeCount === 0) return;
    const { clock, store, onFailure } = this.#options;
    const changes = this.#book.takeChanges();
    store.recordAlerts(
      changes.map(({ alert, to }) => (to === 'inactive' ? rowOfNoAlert(alert.id) : rowOfAlert(alert, clock))),
    );
    for (const listener of this.#listeners) {
      try {
        listener(changes);
      } catch (error) {
        onFailure('telling of alerts', error);
      }
    }
  }

  #resave(): void {
    if (this.#resaving === undefined) return;
    const rows = [];
    for (let taken = 0; taken < changesPerTurn; taken++) {
      const { value, done } = this.#resaving.next();
      if (done === true) {
        this.#resaving = undefined;
        break;
      }
      rows.push(rowOfAlert(value, this.#options.clock));
    }
    this.#options.store.recordAlerts(rows);
  }
}
