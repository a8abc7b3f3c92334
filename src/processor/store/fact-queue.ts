import type { AlertRow } from './database/alert-table.ts';
import type { PlacedAuditEntry } from './database/audit-table.ts';
import type { IncidentRow } from './database/incident-table.ts';
import type { NotificationChange } from './database/notification-table.ts';
import type { StoredTransition } from './database/transition-table.ts';

/** What must not be lost once it was acknowledged. */
export type Fact =
  | { readonly transition: StoredTransition; readonly recordedAtMs: number }
  | { readonly audit: PlacedAuditEntry; readonly recordedAtMs: number }
  | { readonly alert: AlertRow; readonly recordedAtMs: number }
  | { readonly incident: IncidentRow; readonly recordedAtMs: number }
  | { readonly notification: NotificationChange; readonly recordedAtMs: number };

/** Facts on their way to the disk, in order. Bounded: where there is no room, the oldest leave and are counted. */
export class FactQueue {
  readonly #limit: number;
  #facts: Fact[] = [];
  /** Those before it have been taken; they leave the array together. */
  #head = 0;
  #dropped = 0;
  /** How many were ever added. */
  #added = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#facts.length - this.#head;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** The number of the fact added last; facts are numbered from 1. */
  get lastNumber(): number {
    return this.#added;
  }

  /** When the oldest was recorded; undefined where there is none. */
  get oldestAtMs(): number | undefined {
    return this.#facts[this.#head]?.recordedAtMs;
  }

  add(fact: Fact): void {
    this.#facts.push(fact);
    this.#added++;
    if (this.size > this.#limit) {
      this.#head++;
      this.#dropped++;
      this.#compact();
    }
  }

  /** Takes the oldest. */
  take(atMost: number): Fact[] {
    const taken = this.#facts.slice(this.#head, this.#head + atMost);
    this.#head += taken.length;
    this.#compact();
    return taken;
  }

  #compact(): void {
    if (this.#head * 2 < this.#facts.length) return;
    this.#facts = this.#facts.slice(this.#head);
    this.#head = 0;
  }
}
