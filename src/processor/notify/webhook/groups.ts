import type { Alert, AlertChange } from '../../../core/index.ts';

/** When a group of alerts is told of. All in milliseconds. */
export interface GroupingSettings {
  /** A first alert waits so long for others of its group; a critical one in a group that was told of, too. */
  readonly groupWaitMs: number;
  /** Other changes of a group wait until so long after its last notification. */
  readonly groupIntervalMs: number;
  /** While nothing changes, a group that fires is told of again so often. */
  readonly repeatIntervalMs: number;
}

/** Alerts that are told of together. Those in `told` are what the receiver takes to be firing. */
export interface Group {
  /** As Alertmanager writes it: of the same group it is always the same. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** All of it that fires, told of or not. */
  readonly firing: Map<string, Alert>;
  /** Of these, those that weren't told of: new, inhibited or acknowledged before. */
  readonly untold: Map<string, Alert>;
  /** By their ids. */
  readonly told: Set<string>;
  /** Told of, and over since. */
  readonly over: Map<string, Alert>;
  /** When it is to be looked at; `Infinity` where nothing is to be told. */
  dueAtMs: number;
  /** Of its last notification; `-Infinity` before the first. */
  notifiedAtMs: number;
  /** Its last notification was refused: what fires is to be told of again. */
  wasRefused: boolean;
  /** A notification is being composed of it: it must not go meanwhile. */
  isBeingTold: boolean;
}

/** What alerts are grouped by, as in `alertmanager.yml`. */
export const groupedBy = ['scope', 'vitals_session_id'] as const;

/**
 * Holds alerts in their groups, and knows when each group is to be told of. It has no clock: time is an argument, in
 * milliseconds on the fleet's line. Its size is that of the alerts that fire.
 */
export class Groups {
  readonly #settings: GroupingSettings;
  readonly #groups = new Map<string, Group>();
  /** Nothing is due before. */
  #nextDueMs = Number.POSITIVE_INFINITY;

  constructor(settings: GroupingSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Takes a change in the life of an alert. Alerts of severity info are told of to nobody. */
  apply({ alert, to }: AlertChange, nowMs: number): void {
    if (alert.severity === 'info') return;
    if (to === 'firing') this.#fires(alert, nowMs);
    else if (to === 'resolved') this.#isOver(alert, nowMs);
  }

  /**
   * Takes back an alert that was told of before a restart.
   *
   * @param notifiedAtMs - By the group's key, when it was told of last.
   */
  restoreTold(alert: Alert, notifiedAtMs: (groupKey: string) => number, nowMs: number): void {
    const group = this.#groupOf(alert);
    const { repeatIntervalMs, groupWaitMs } = this.#settings;
    group.told.add(alert.id);
    group.notifiedAtMs = notifiedAtMs(group.key);
    if (alert.state === 'firing') {
      group.firing.set(alert.id, alert);
      this.#dueBy(group, group.notifiedAtMs + repeatIntervalMs);
      return;
    }
    const resolvedAtMs = alert.resolvedAtMs ?? alert.activeAtMs;
    group.over.set(alert.id, { ...alert, state: 'resolved', resolvedAtMs });
    this.#dueBy(group, nowMs + groupWaitMs);
  }

  /** No group is due before; `Infinity` where none is. */
  get nextDueMs(): number {
    return this.#nextDueMs;
  }

  /** Groups that are due, the longest waiting first. */
  due(nowMs: number): Group[] {
    const due: Group[] = [];
    this.#nextDueMs = Number.POSITIVE_INFINITY;
    for (const group of this.#groups.values()) {
      if (group.dueAtMs <= nowMs) due.push(group);
      this.#nextDueMs = Math.min(this.#nextDueMs, group.dueAtMs);
    }
    return due.sort((one, other) => one.dueAtMs - other.dueAtMs);
  }

  /** All there are. */
  [Symbol.iterator](): IterableIterator<Group> {
    return this.#groups.values();
  }

  /** A group that is due is going to be told of; {@link lookedAt} must follow. */
  begin(group: Group): void {
    group.isBeingTold = true;
    group.dueAtMs = Number.POSITIVE_INFINITY;
  }

  /** A group was looked at, whether or not there was something to tell. */
  lookedAt(group: Group, isNotified: boolean, nowMs: number): void {
    group.isBeingTold = false;
    if (isNotified) {
      group.notifiedAtMs = nowMs;
      group.wasRefused = false;
    }
    if (isEmpty(group)) this.#groups.delete(group.key);
    else if (group.told.size > 0) this.#dueBy(group, group.notifiedAtMs + this.#settings.repeatIntervalMs);
  }

  /** A notification was refused: what still fires is told of anew, though no sooner than any change. */
  refused(key: string, nowMs: number): void {
    const group = this.#groups.get(key);
    if (group === undefined) return;
    group.wasRefused = true;
    this.#dueBy(group, nowMs + this.#settings.groupIntervalMs);
  }

  /** What inhibits alerts has changed: groups with alerts that weren't told of are to be looked at. */
  recheck(nowMs: number): void {
    for (const group of this.#groups.values()) {
      if (group.untold.size > 0) this.#dueBy(group, nowMs + this.#settings.groupWaitMs);
    }
  }

  #fires(alert: Alert, nowMs: number): void {
    const group = this.#groupOf(alert);
    const wasFiring = group.firing.has(alert.id);
    group.firing.set(alert.id, alert);
    if (group.told.has(alert.id)) {
      group.over.delete(alert.id);
      return;
    }
    group.untold.set(alert.id, alert);
    if (!wasFiring || alert.acknowledgement === null)
      this.#changed(group, alert.severity === 'critical', nowMs);
  }

  #isOver(alert: Alert, nowMs: number): void {
    const group = this.#groupOf(alert);
    group.firing.delete(alert.id);
    group.untold.delete(alert.id);
    if (group.told.has(alert.id)) {
      group.over.set(alert.id, alert);
      this.#changed(group, false, nowMs);
    } else if (isEmpty(group)) {
      this.#groups.delete(group.key);
    }
  }

  #changed(group: Group, isUrgent: boolean, nowMs: number): void {
    const { groupWaitMs, groupIntervalMs } = this.#settings;
    const restUntilMs = isUrgent ? nowMs : group.notifiedAtMs + groupIntervalMs;
    this.#dueBy(group, Math.max(nowMs + groupWaitMs, restUntilMs));
  }

  #dueBy(group: Group, atMs: number): void {
    group.dueAtMs = Math.min(group.dueAtMs, atMs);
    this.#nextDueMs = Math.min(this.#nextDueMs, atMs);
  }

  #groupOf(alert: Alert): Group {
    const labels = groupLabelsOf(alert);
    const key = groupKeyOf(labels);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = {
        key,
        labels,
        firing: new Map(),
        untold: new Map(),
        told: new Set(),
        over: new Map(),
        dueAtMs: Number.POSITIVE_INFINITY,
        notifiedAtMs: Number.NEGATIVE_INFINITY,
        wasRefused: false,
        isBeingTold: false,
      };
      this.#groups.set(key, group);
    }
    return group;
  }
}

function isEmpty({ firing, over, isBeingTold }: Group): boolean {
  return firing.size === 0 && over.size === 0 && !isBeingTold;
}

function groupLabelsOf({ labels }: Alert): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of groupedBy) if (labels[name] !== undefined) own[name] = labels[name];
  return own;
}

/** In Alertmanager's words, for a route without matchers. */
function groupKeyOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{}:{${pairs.join(', ')}}`;
}
