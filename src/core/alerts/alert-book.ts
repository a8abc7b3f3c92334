// The state of all alerts in one class, whose parts (life cycle, due times, ids) are files of their own.
import type { AlertSeverity } from '@agent-vitals/contract';
import type { Acknowledgement, Alert, AlertChange, AlertScope, AlertState } from './alert.ts';
import { alertId } from './alert-id.ts';
import { DueQueue } from './due-queue.ts';
import { type AlertLife, lifeDueMs, stepLife, type Verdict } from './life-cycle.ts';
import type { AlertLevel, AlertName, Comparison, Measured } from './rule.ts';
import type { AlertSettings, RuleSettings } from './settings.ts';

/** What an alert book is made of. */
export interface AlertBookOptions {
  readonly settings: AlertSettings;
  /** How many alerts may be pending or firing at once; see {@link AlertBook}. */
  readonly maxOpen?: number;
  /** How many resolved ones are listed; beyond it the one that was resolved first leaves. */
  readonly maxResolved?: number;
  /** For so long is a resolved one listed. */
  readonly keepResolvedMs?: number;
}

/** Takes an alert in hand. */
export interface AcknowledgeRequest {
  readonly by: string;
  readonly comment?: string | null;
  /** `Infinity`, the default: until the alert is over. */
  readonly untilMs?: number;
}

/**
 * The share of the room that alerts of each severity may take: a flood of what matters less leaves room for what
 * matters more.
 */
const roomFor: Readonly<Record<AlertSeverity, number>> = { critical: 1, warning: 0.75, info: 0.5 };

const dayMs = 86_400_000;

/** The labels of an alert beside its name, severity, scope and subject. */
export type LabelSource = () => Readonly<Record<string, string>>;

class Entry {
  /** Undefined where no rule judges it any more: it was resolved by a change of the settings. */
  readonly level: Level | undefined;
  alert: Alert;
  /** Null once it is resolved. */
  life: AlertLife | null = null;
  value: number;
  /** What is listed again if it doesn't fire. */
  former: Alert | null = null;
  dueMs = Number.POSITIVE_INFINITY;

  constructor(level: Level | undefined, alert: Alert) {
    this.level = level;
    this.alert = alert;
    this.value = alert.value;
  }
}

/** A rule at one severity, with its alerts that aren't over. */
class Level {
  readonly settings: RuleSettings;
  readonly severity: AlertSeverity;
  readonly threshold: number | null;
  /** By subject. */
  readonly open = new Map<string, Entry>();

  constructor(settings: RuleSettings, { severity, threshold }: AlertLevel) {
    this.settings = settings;
    // What has no severity is PromQL alone.
    this.severity = severity as AlertSeverity;
    this.threshold = threshold;
  }
}

/**
 * All alerts that are pending, firing or were resolved of late. It is told what rules say of subjects and how time
 * passes, and tells what has become of which alert. Bounded: of `maxOpen` open alerts, warnings take up to three
 * quarters and infos up to a half; what finds no room isn't opened and is counted.
 *
 * @example
 * ```ts
 * const book = new AlertBook({ settings: alertSettingsOf({}) });
 * book.judge('AgentOffline', 'scraper-2', 1, () => ({ vitals_agent_id: 'scraper-2' }), 5_000);
 * book.takeChanges()[0]?.to; // 'firing'
 * ```
 */
export class AlertBook {
  readonly #maxOpen: number;
  readonly #maxResolved: number;
  readonly #keepResolvedMs: number;
  readonly #levels = new Map<AlertName, readonly Level[]>();
  readonly #byId = new Map<string, Entry>();
  /** Those that are resolved, by id, the one that was resolved first in front. */
  readonly #resolved = new Map<string, Entry>();
  readonly #due = new DueQueue<Entry>();
  readonly #firing: Record<AlertSeverity, number> = { critical: 0, warning: 0, info: 0 };
  #changes: AlertChange[] = [];
  #open = 0;
  #refused = 0;

  constructor({
    settings,
    maxOpen = 200_000,
    maxResolved = 100_000,
    keepResolvedMs = dayMs,
  }: AlertBookOptions) {
    this.#maxOpen = maxOpen;
    this.#maxResolved = maxResolved;
    this.#keepResolvedMs = keepResolvedMs;
    for (const [name, rule] of settings.rules) {
      if (!rule.enabled || rule.rule.measure === null) continue;
      this.#levels.set(
        name,
        rule.levels.map((level) => new Level(rule, level)),
      );
    }
  }

  /** Alerts that are pending or firing. */
  get openCount(): number {
    return this.#open;
  }

  /** Alerts that fire, by severity. */
  get firingCounts(): Readonly<Record<AlertSeverity, number>> {
    return this.#firing;
  }

  /** How often an alert was not opened as there was no room. */
  get refused(): number {
    return this.#refused;
  }

  /** Alerts that wait in {@link takeChanges}. */
  get changeCount(): number {
    return this.#changes.length;
  }

  /**
   * Takes what a rule says of a subject.
   *
   * @param name - The rule; one that is disabled is ignored.
   * @param subject - What it was judged of.
   * @param value - What was measured; null: the condition doesn't hold; undefined: nobody can tell.
   * @param labels - Asked when an alert is opened.
   * @param nowMs - Now.
   * @param atMs - Since when it is true, where that is known.
   * @returns Whether an alert of the rule about the subject is open now.
   */
  judge(
    name: AlertName,
    subject: string,
    value: Measured,
    labels: LabelSource,
    nowMs: number,
    atMs: number = nowMs,
  ): boolean {
    let isOpen = false;
    for (const level of this.#levels.get(name) ?? []) {
      const verdict = verdictOf(value, level);
      let entry = level.open.get(subject);
      if (entry === undefined && verdict === 'holds') {
        entry = this.#begin(level, subject, labels, value!, Math.min(atMs, nowMs));
      }
      if (entry === undefined) continue;
      if (verdict === 'holds') {
        entry.value = value!;
        // What is said of it may come after it began; what fires keeps its labels.
        if (entry.life?.state === 'pending')
          entry.alert = { ...entry.alert, labels: labelsOf(entry.alert, labels) };
      }
      this.#step(entry, verdict, nowMs, atMs);
      isOpen ||= entry.life !== null;
    }
    return isOpen;
  }

  /**
   * Whether an alert of the rule about the subject is pending or firing.
   */
  isOpen(name: AlertName, subject: string): boolean {
    return (this.#levels.get(name) ?? []).some(({ open }) => open.has(subject));
  }

  /** The subjects about which alerts of a rule are open; of a rule of several severities each may come twice. */
  *openSubjects(name: AlertName): IterableIterator<string> {
    for (const { open } of this.#levels.get(name) ?? []) yield* open.keys();
  }

  /**
   * Lets time pass: what falls due happens, each at its own moment.
   *
   * @param limit - How many alerts are looked at, at most.
   * @returns Whether all that was due has happened.
   */
  tick(nowMs: number, limit = Number.POSITIVE_INFINITY): boolean {
    for (let looked = 0; looked < limit; looked++) {
      const entry = this.#due.take(nowMs);
      if (entry === undefined) return true;
      const { dueMs } = entry;
      entry.dueMs = Number.POSITIVE_INFINITY;
      if (entry.life === null) {
        this.#drop(entry, dueMs);
        continue;
      }
      this.#expireAcknowledgement(entry, nowMs);
      this.#step(entry, 'silent', nowMs, nowMs);
      if (entry.life !== null) this.#setDue(entry);
    }
    return false;
  }

  /**
   * Nobody has looked for a while: what is pending waits for its next judgement, and the time in which nobody looked is
   * no part of the time for which its condition must hold.
   *
   * @param sinceMs - When somebody looked last.
   */
  unseen(sinceMs: number): void {
    for (const levels of this.#levels.values()) {
      for (const { open } of levels) {
        for (const entry of open.values()) {
          if (entry.life?.state === 'pending') this.#step(entry, 'unknown', sinceMs, sinceMs);
        }
      }
    }
  }

  /**
   * A subject is gone: its alerts are over at once, whatever `keep_firing_for` says.
   *
   * @param atMs - When it went.
   */
  forget(scope: AlertScope, subject: string, nowMs: number, atMs: number = nowMs): void {
    for (const levels of this.#levels.values()) {
      for (const { settings, open } of levels) {
        const entry = settings.rule.scope === scope ? open.get(subject) : undefined;
        if (entry !== undefined) this.#end(entry, Math.min(atMs, nowMs));
      }
    }
  }

  /**
   * Notes that somebody has taken an alert in hand. The same again changes nothing.
   *
   * @returns The alert as it is now (a resolved one as it was: it needs nobody any more); undefined where it isn't known.
   * @throws RangeError where `untilMs` is not later than now.
   */
  acknowledge(id: string, request: AcknowledgeRequest, nowMs: number): Alert | undefined {
    const { by, comment = null, untilMs = Number.POSITIVE_INFINITY } = request;
    if (!(untilMs > nowMs)) {
      throw new RangeError(
        `Cannot acknowledge an alert as until must be later than now (${nowMs}): current value is ${untilMs}`,
      );
    }
    const entry = this.#byId.get(id);
    if (entry === undefined || entry.life === null) return entry?.alert;
    const { acknowledgement: last } = entry.alert;
    if (last?.by !== by || last.comment !== comment || last.untilMs !== untilMs) {
      this.#setAcknowledgement(entry, { by, comment, untilMs, atMs: nowMs }, nowMs);
    }
    return entry.alert;
  }

  /** Takes an acknowledgement back; the alert as it is now, undefined where it isn't known. */
  unacknowledge(id: string, nowMs: number): Alert | undefined {
    const entry = this.#byId.get(id);
    if (entry !== undefined && entry.alert.acknowledgement !== null) {
      this.#setAcknowledgement(entry, null, nowMs);
    }
    return entry?.alert;
  }

  /** An alert as it is now. */
  find(id: string): Alert | undefined {
    const entry = this.#byId.get(id);
    return entry === undefined ? undefined : current(entry);
  }

  /** All alerts: pending, firing and resolved ones. */
  *entries(): IterableIterator<Alert> {
    for (const entry of this.#byId.values()) yield current(entry);
  }

  /** Those that fire. */
  *firing(): IterableIterator<Alert> {
    for (const levels of this.#levels.values()) {
      for (const { open } of levels) {
        for (const entry of open.values()) if (entry.life?.state === 'firing') yield current(entry);
      }
    }
  }

  /** What has become of alerts since it was asked last, in order. */
  takeChanges(): readonly AlertChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /**
   * Takes back what {@link entries} gave before a restart, into an empty book. Nothing fires or is resolved by it, but
   * what no rule judges any more is resolved. A pending one waits for its first judgement.
   *
   * @param alerts - In any order; of those resolved, the ones that are still to be listed.
   * @param nowMs - Now.
   * @param seenUntilMs - Until when somebody had looked: what came after is no part of the time for which a condition
   *   must hold.
   */
  restore(alerts: Iterable<Alert>, nowMs: number, seenUntilMs: number = nowMs): void {
    for (const alert of alerts) {
      const level = this.#levels
        .get(alert.name as AlertName)
        ?.find(
          ({ severity, settings }) => severity === alert.severity && settings.rule.scope === alert.scope,
        );
      const entry = new Entry(level, alert);
      this.#byId.set(alert.id, entry);
      if (alert.state === 'resolved') {
        this.#list(entry, alert.resolvedAtMs ?? nowMs);
        continue;
      }
      entry.life = {
        state: alert.state,
        activeAtMs: alert.activeAtMs,
        firedAtMs: alert.firedAtMs,
        overSinceMs: null,
        unknownSinceMs: alert.state === 'pending' ? Math.min(seenUntilMs, nowMs) : null,
      };
      this.#open++;
      if (alert.state === 'firing') this.#firing[alert.severity]++;
      if (level === undefined) this.#end(entry, nowMs);
      else {
        level.open.set(alert.subject, entry);
        this.#setDue(entry);
      }
    }
  }

  /** An entry for what has begun to hold; undefined where there is no room. */
  #begin(
    level: Level,
    subject: string,
    labels: LabelSource,
    value: number,
    activeAtMs: number,
  ): Entry | undefined {
    const { severity, settings } = level;
    if (this.#open >= this.#maxOpen * roomFor[severity]) {
      this.#refused++;
      return undefined;
    }
    const { name, scope } = settings.rule;
    const id = alertId(name, severity, subject);
    const about = { name, severity, scope, subject };
    const entry = new Entry(level, {
      id,
      ...about,
      state: 'pending',
      labels: labelsOf(about, labels),
      value,
      activeAtMs,
      firedAtMs: null,
      resolvedAtMs: null,
      acknowledgement: null,
    });
    const former = this.#resolved.get(id);
    if (former !== undefined) {
      entry.former = former.alert;
      former.dueMs = Number.POSITIVE_INFINITY;
      this.#resolved.delete(id);
    }
    this.#byId.set(id, entry);
    level.open.set(subject, entry);
    this.#open++;
    return entry;
  }

  #step(entry: Entry, verdict: Verdict, nowMs: number, atMs: number): void {
    const before = entry.life;
    const { life, resolvedAtMs } = stepLife(before, verdict, entry.level!.settings, nowMs, atMs);
    if (life === null) {
      this.#end(entry, resolvedAtMs ?? Math.min(atMs, nowMs));
      return;
    }
    if (life === before) return;
    entry.life = life;
    if (before?.state !== life.state) this.#advance(entry, before?.state ?? 'inactive', life);
    this.#setDue(entry);
  }

  /** It is pending, or fires, from now on. */
  #advance(entry: Entry, from: 'inactive' | AlertState, life: AlertLife): void {
    const { state, activeAtMs, firedAtMs } = life;
    entry.alert = { ...entry.alert, state, value: entry.value, activeAtMs, firedAtMs };
    if (state === 'firing') {
      this.#firing[entry.alert.severity]++;
      entry.former = null;
    }
    this.#changes.push({ alert: entry.alert, from, to: state, at: firedAtMs ?? activeAtMs });
  }

  /** It is over: resolved where it fired, else as if it had never been. */
  #end(entry: Entry, atMs: number): void {
    const from = entry.life!.state;
    entry.life = null;
    entry.level?.open.delete(entry.alert.subject);
    this.#open--;
    if (from === 'firing') {
      this.#firing[entry.alert.severity]--;
      entry.alert = {
        ...entry.alert,
        state: 'resolved',
        value: entry.value,
        resolvedAtMs: Math.max(atMs, entry.alert.firedAtMs ?? atMs),
        acknowledgement: null,
      };
    } else if (entry.former === null) {
      entry.dueMs = Number.POSITIVE_INFINITY;
      this.#byId.delete(entry.alert.id);
      this.#changes.push({
        alert: { ...entry.alert, acknowledgement: null },
        from,
        to: 'inactive',
        at: atMs,
      });
      return;
    } else {
      entry.alert = entry.former;
      entry.value = entry.former.value;
      entry.former = null;
    }
    this.#changes.push({ alert: entry.alert, from, to: 'resolved', at: atMs });
    this.#list(entry, entry.alert.resolvedAtMs ?? atMs);
  }

  /** Lists a resolved one for its day. */
  #list(entry: Entry, resolvedAtMs: number): void {
    this.#resolved.set(entry.alert.id, entry);
    entry.dueMs = resolvedAtMs + this.#keepResolvedMs;
    this.#due.set(entry);
    if (this.#resolved.size <= this.#maxResolved) return;
    const [oldest] = this.#resolved.values();
    this.#drop(oldest!, resolvedAtMs);
  }

  /** A resolved one is listed no more. */
  #drop(entry: Entry, atMs: number): void {
    entry.dueMs = Number.POSITIVE_INFINITY;
    this.#resolved.delete(entry.alert.id);
    this.#byId.delete(entry.alert.id);
    this.#changes.push({ alert: entry.alert, from: 'resolved', to: 'inactive', at: atMs });
  }

  #expireAcknowledgement(entry: Entry, nowMs: number): void {
    const untilMs = entry.alert.acknowledgement?.untilMs;
    if (untilMs !== undefined && untilMs <= nowMs) this.#setAcknowledgement(entry, null, untilMs);
  }

  #setAcknowledgement(entry: Entry, acknowledgement: Acknowledgement | null, atMs: number): void {
    entry.alert = { ...current(entry), acknowledgement };
    const { state } = entry.alert;
    this.#changes.push({ alert: entry.alert, from: state, to: state, at: atMs });
    this.#setDue(entry);
  }

  #setDue(entry: Entry): void {
    const dueMs = Math.min(
      lifeDueMs(entry.life!, entry.level!.settings),
      entry.alert.acknowledgement?.untilMs ?? Number.POSITIVE_INFINITY,
    );
    if (dueMs === entry.dueMs) return;
    entry.dueMs = dueMs;
    this.#due.set(entry);
  }
}

function verdictOf(value: Measured, { settings, threshold }: Level): Verdict {
  if (value === undefined) return 'unknown';
  if (value === null) return 'over';
  return holds(value, settings.rule.comparison, threshold ?? 1) ? 'holds' : 'over';
}

/**
 * Whether a value stands to a threshold as a rule says; NaN never does.
 *
 * @example
 * ```ts
 * holds(0.81, '>', 0.8); // true
 * ```
 */
export function holds(value: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
    case '<':
      return value < threshold;
    case '==':
      return value === threshold;
  }
}

/** With what was measured last. */
function current(entry: Entry): Alert {
  if (entry.alert.value !== entry.value) entry.alert = { ...entry.alert, value: entry.value };
  return entry.alert;
}

/** To Prometheus an empty label is the same as none. */
function labelsOf(
  { name, severity, scope, subject }: Pick<Alert, 'name' | 'severity' | 'scope' | 'subject'>,
  source: LabelSource,
): Record<string, string> {
  const labels: Record<string, string> = { alertname: name, severity, scope, subject };
  const own = source();
  for (const label in own) if (own[label] !== '') labels[label] = own[label]!;
  return labels;
}
