import type { Availability } from '../../../core/index.ts';

interface Entry extends Availability {
  readonly createdAtMs: number;
}

/** What was told is remembered for this long at least: longer than any scrape interval. */
const rememberedMs = 10 * 60_000;

/**
 * Makes counters of how agents' time counts. What is learned late counts for its own time (an offline agent went
 * offline at its deadline, not when somebody looked), so that seconds that were told as up are taken back; Prometheus
 * would read that as a counter that began anew and add all of it again. So what was told stays told: a value waits
 * until the truth has come up to it, which is as long as the news was late.
 */
export class AvailabilityCounters {
  #told = new Map<string, Entry>();
  #toldBefore = new Map<string, Entry>();
  #turnedAtMs = Number.NEGATIVE_INFINITY;

  /** Begins an exposition: drops agents that there was nothing of for long. */
  begin(nowMs: number): void {
    if (nowMs - this.#turnedAtMs < rememberedMs) return;
    this.#turnedAtMs = nowMs;
    this.#toldBefore = this.#told;
    this.#told = new Map();
  }

  /**
   * Reads an agent's availability.
   *
   * @param id - The agent.
   * @param createdAtMs - Since when it is known: one that was forgotten begins anew.
   * @param now - As the fleet has it, in milliseconds.
   * @returns The same, no value lower than it was told before.
   * @example
   * ```ts
   * counters.risen('scraper-2', view.createdAtMs, fleet.availabilityOf(slot, nowMs)).upMs;
   * ```
   */
  risen(id: string, createdAtMs: number, now: Availability): Availability {
    const before = this.#told.get(id) ?? this.#toldBefore.get(id);
    const floor = before?.createdAtMs === createdAtMs ? before : undefined;
    const entry: Entry = {
      createdAtMs,
      upMs: Math.max(now.upMs, floor?.upMs ?? 0),
      downMs: Math.max(now.downMs, floor?.downMs ?? 0),
      excludedMs: Math.max(now.excludedMs, floor?.excludedMs ?? 0),
    };
    this.#told.set(id, entry);
    return entry;
  }
}
