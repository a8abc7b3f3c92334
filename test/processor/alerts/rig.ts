import {
  type AlertChange,
  alertSettingsOf,
  type BlockImage,
  defaultFleetSettings,
  defaultSessionSettings,
  type FleetSettings,
} from '../../../src/core/index.ts';
import { AlertEngine, type AlertStore } from '../../../src/processor/alerts/index.ts';
import { SessionVerdicts } from '../../../src/processor/health/index.ts';
import type { AlertRow, IncidentRow } from '../../../src/processor/store/index.ts';
import { epochMs, Scenario } from '../../support/observe.ts';

type Overrides = Parameters<typeof alertSettingsOf>[0];

interface RigOptions {
  settings?: Partial<FleetSettings>;
  overrides?: Overrides;
  store?: MemoryStore;
  startMs?: number;
  observedUntilMs?: number;
}

/** Keeps rows in memory, as the database does on the disk: it outlasts a rig. */
export class MemoryStore implements AlertStore {
  readonly rows = new Map<string, AlertRow>();
  readonly incidentRows = new Map<string, IncidentRow>();
  writes = 0;
  lost = () => {};

  recordAlerts(rows: readonly AlertRow[]): void {
    for (const row of rows) {
      this.writes++;
      if (row.content === null) this.rows.delete(row.id);
      else this.rows.set(row.id, row);
    }
  }

  recordIncidents(rows: readonly IncidentRow[]): void {
    for (const row of rows) this.incidentRows.set(row.id, row);
  }

  onFactsLost(listener: () => void): void {
    this.lost = listener;
  }

  alerts(afterId: string, limit: number): Promise<AlertRow[]> {
    const sorted = [...this.rows.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    return Promise.resolve(sorted.filter(({ id }) => id > afterId).slice(0, limit));
  }

  openIncidents(limit: number): Promise<IncidentRow[]> {
    const open = [...this.incidentRows.values()].filter(({ endedAtEpochMs }) => endedAtEpochMs === null);
    return Promise.resolve(open.slice(0, limit));
  }

  incidents() {
    const items = [...this.incidentRows.values()].sort(
      (one, other) => other.startedAtEpochMs - one.startedAtEpochMs,
    );
    return Promise.resolve({ items, nextCursor: null });
  }
}

/** A fleet whose alerts are judged: time is what the test says, and what becomes of alerts is written down. */
export class AlertRig extends Scenario {
  readonly store: MemoryStore;
  readonly engine: AlertEngine;
  readonly changes: AlertChange[] = [];
  readonly failures: unknown[] = [];
  readonly usage = { cpuUtilization: 0.2 as number | null, memoryUtilization: 0.2 as number | null };
  #told: string[] = [];

  constructor({
    settings = {},
    overrides = {},
    store = new MemoryStore(),
    startMs = 0,
    observedUntilMs,
  }: RigOptions = {}) {
    super(settings, startMs);
    this.store = store;
    const clock = { now: () => this.nowMs, toEpochMs: (atMs: number) => epochMs + atMs };
    const verdicts = new SessionVerdicts({
      fleet: this.fleet,
      settings: defaultSessionSettings,
      limit: 1_000,
    });
    const all = { ...defaultFleetSettings, ...settings };
    this.engine = new AlertEngine({
      fleet: this.fleet,
      clock,
      store,
      settings: alertSettingsOf(overrides),
      health: all.health,
      graceMs: Math.max(all.failoverGraceMs, all.offlineAfterMs),
      observedUntilMs,
      verdictOf: verdicts.verdictOf,
      ownHost: () => this.usage,
      onFailure: (_where, error) => this.failures.push(error),
      // A turn is never over by the time that the test machine takes.
      stopwatch: () => 0,
    });
    this.engine.onChanges((changes) => {
      this.changes.push(...changes);
      this.#told.push(
        ...changes.map(
          ({ alert, from, to, at }) => `${alert.name} ${alert.subject} ${from} → ${to} @${at / 1000}`,
        ),
      );
    });
    this.onTransitions = (transitions) => {
      verdicts.onTransitions(transitions);
      this.engine.onTransitions(transitions);
    };
  }

  /** Lets the engine go on as far as it can at this moment. */
  judge(): this {
    for (let turn = 0; turn < 10_000; turn++) {
      const before = this.engine.rounds;
      const isDone = this.engine.step(this.nowMs);
      if (isDone && (this.engine.rounds > before || turn > 100)) return this;
    }
    throw new Error('Cannot finish a round');
  }

  /** Lets time pass, a second at a time, with a whole round in each. */
  live(durationMs: number, each: () => void = () => {}): this {
    const until = this.nowMs + durationMs;
    while (this.nowMs < until) {
      this.pass(Math.min(1_000, until - this.nowMs));
      each();
      this.judge();
    }
    return this;
  }

  /** The fleet as a snapshot keeps it. */
  images(): BlockImage[] {
    const images: BlockImage[] = [];
    for (let image = this.fleet.takeImage(); image !== undefined; image = this.fleet.takeImage())
      images.push(structuredClone(image));
    return images;
  }

  /** What has become of alerts since it was asked last: `name subject from → to @seconds`. */
  told(): string[] {
    return this.#told.splice(0);
  }

  /**
   * The processor ends, and another goes on with what is kept.
   *
   * @param awayMs - How long nobody was there.
   * @param images - The fleet as it was kept last; by default as it is now.
   */
  async endAndGoOn(
    awayMs: number,
    { images = this.images(), ...options }: RigOptions & { images?: readonly BlockImage[] } = {},
  ): Promise<AlertRig> {
    const next = new AlertRig({
      ...options,
      store: this.store,
      startMs: this.nowMs + awayMs,
      observedUntilMs: this.nowMs,
    });
    for (const image of images) next.fleet.restore(image);
    next.fleet.begin(this.nowMs, next.nowMs);
    await next.engine.restore();
    return next;
  }

  /** Names and subjects of those that fire. */
  get firing(): string[] {
    return [...this.engine.firing()].map(({ name, subject }) => `${name} ${subject}`).sort();
  }
}
