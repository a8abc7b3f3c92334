import type { IncidentKind } from '@agent-vitals/contract';
import { type Incident, type IncidentFacts, summaryOf } from './incident.ts';

/** Members listed of one incident; a summary says how many there are. */
const mostMembers = 1_000;
/** Incidents that go on at once; a further one is not opened, and counted. */
const mostOpen = 10_000;
/** What comes back so soon after its end has not been over: it goes on. */
const resumedWithinMs = 120_000;

interface Entry {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly subject: string;
  readonly members: Set<string>;
  count: number;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  recoveryAtMs: number | null;
}

/**
 * Keeps incidents: one for each kind and subject while it goes on, with all who become part of it. It knows no clock:
 * times are arguments, in milliseconds on any steady line. What has changed is fetched with
 * {@link IncidentBook.takeChanged}.
 *
 * @example
 * ```ts
 * const book = new IncidentBook();
 * book.hold('account_exhausted', 'acct-1', { sinceMs: 0, count: 2, recoveryAtMs: 3_600_000 }, 1_000);
 * book.add('account_exhausted', 'acct-1', 'crawler-7');
 * book.takeChanged()[0]?.summary; // '2 agents exhausted on acct-1'
 * book.end('account_exhausted', 'acct-1', 3_600_000);
 * ```
 */
export class IncidentBook {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<Entry>();
  #open = 0;
  #dropped = 0;

  /** How many go on. */
  get openCount(): number {
    return this.#open;
  }

  /** Incidents that were not opened as too many went on. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether it goes on. */
  isOpen(kind: IncidentKind, subject: string): boolean {
    return this.#entries.get(keyOf(kind, subject))?.endedAtMs === null;
  }

  /** The subjects of those of a kind that go on. */
  openOf(kind: IncidentKind): string[] {
    const subjects: string[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.kind === kind && entry.endedAtMs === null) subjects.push(entry.subject);
    }
    return subjects;
  }

  /** It goes on, as it now is; it begins where it wasn't there. */
  hold(
    kind: IncidentKind,
    subject: string,
    { sinceMs, count, recoveryAtMs }: IncidentFacts,
    nowMs: number,
  ): void {
    const entry = this.#entries.get(keyOf(kind, subject)) ?? this.#begin(kind, subject, sinceMs);
    if (entry === undefined) return;
    if (entry.endedAtMs !== null) {
      if (nowMs - entry.endedAtMs > resumedWithinMs) {
        this.#entries.delete(keyOf(kind, subject));
        this.hold(kind, subject, { sinceMs, count, recoveryAtMs }, nowMs);
        return;
      }
      if (!this.#mayOpen()) return;
      entry.endedAtMs = null;
      this.#open++;
      this.#changed.add(entry);
    }
    if (count <= entry.count && recoveryAtMs === entry.recoveryAtMs) return;
    entry.count = Math.max(entry.count, count);
    entry.recoveryAtMs = recoveryAtMs;
    this.#changed.add(entry);
  }

  /** An agent is part of it; where none goes on, nothing happens. */
  add(kind: IncidentKind, subject: string, member: string): void {
    const entry = this.#entries.get(keyOf(kind, subject));
    if (entry === undefined || entry.endedAtMs !== null) return;
    if (entry.members.size >= mostMembers || entry.members.has(member)) return;
    entry.members.add(member);
    this.#changed.add(entry);
  }

  /** It is over; where it isn't going on, nothing happens. */
  end(kind: IncidentKind, subject: string, atMs: number): void {
    const entry = this.#entries.get(keyOf(kind, subject));
    if (entry === undefined || entry.endedAtMs !== null) return;
    entry.endedAtMs = Math.max(atMs, entry.startedAtMs);
    this.#open--;
    this.#changed.add(entry);
  }

  /** Lets go of those that ended long ago: whoever keeps the changes has them. */
  tidy(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.endedAtMs !== null && nowMs - entry.endedAtMs > resumedWithinMs && !this.#changed.has(entry))
        this.#entries.delete(key);
    }
  }

  /** Those that have changed since the last call, as they are now. */
  takeChanged(): Incident[] {
    const changed = [...this.#changed].map(incidentOf);
    this.#changed.clear();
    return changed;
  }

  /** Makes all that are here count as changed. */
  markAllChanged(): void {
    for (const entry of this.#entries.values()) this.#changed.add(entry);
  }

  /** Takes back one that went on when it was kept. */
  restore({ members, memberCount, ...incident }: Incident): void {
    const key = keyOf(incident.kind, incident.subject);
    if (this.#entries.has(key) || !this.#mayOpen()) return;
    const { summary: _, ...rest } = incident;
    this.#entries.set(key, { ...rest, members: new Set(members), count: memberCount });
    if (rest.endedAtMs === null) this.#open++;
  }

  #begin(kind: IncidentKind, subject: string, sinceMs: number): Entry | undefined {
    if (!this.#mayOpen()) return undefined;
    const id = idOf(kind, subject, sinceMs);
    const entry: Entry = {
      id,
      kind,
      subject,
      members: new Set(),
      count: 0,
      startedAtMs: sinceMs,
      endedAtMs: null,
      recoveryAtMs: null,
    };
    this.#entries.set(keyOf(kind, subject), entry);
    this.#open++;
    this.#changed.add(entry);
    return entry;
  }

  #mayOpen(): boolean {
    if (this.#open < mostOpen) return true;
    this.#dropped++;
    return false;
  }
}

function incidentOf({ members, count, ...entry }: Entry): Incident {
  const memberCount = Math.max(count, members.size);
  return {
    ...entry,
    summary: summaryOf(entry.kind, entry.subject, memberCount),
    members: [...members],
    memberCount,
  };
}

function keyOf(kind: IncidentKind, subject: string): string {
  return `${kind} ${subject}`;
}

/** FNV-1a (Fowler, Noll, Vo) of the subject, between the kind and the moment. */
function idOf(kind: IncidentKind, subject: string, sinceMs: number): string {
  let hash = 2166136261;
  for (let at = 0; at < subject.length; at++) hash = Math.imul(hash ^ subject.charCodeAt(at), 16777619);
  return `${kind}-${(hash >>> 0).toString(36)}-${Math.trunc(sinceMs).toString(36)}`;
}
