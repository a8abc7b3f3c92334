/** True time, in which everything of a simulation happens, and chance that is the same in every run. */
export class World {
  nowMs = 0;
  readonly #events: { atMs: number; order: number; happens: () => void }[] = [];
  #order = 0;
  #seed: number;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  /** Something happens at a moment; of several at one, in the order in which they were arranged. */
  at(atMs: number, happens: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, happens };
    const events = this.#events;
    // A binary heap: the parent of an event is never later than it.
    let place = events.length;
    events.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, events[parent]!)) break;
      events[place] = events[parent]!;
      place = parent;
    }
    events[place] = event;
  }

  after(delayMs: number, happens: () => void): void {
    this.at(this.nowMs + delayMs, happens);
  }

  /** Lets time pass. */
  pass(durationMs: number): void {
    const untilMs = this.nowMs + durationMs;
    for (let next = this.#events[0]; next !== undefined && next.atMs <= untilMs; next = this.#events[0]) {
      this.#takeFirst();
      this.nowMs = next.atMs;
      next.happens();
    }
    this.nowMs = untilMs;
  }

  /** Evenly from [0, 1). */
  random(): number {
    // mulberry32
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  #takeFirst(): void {
    const events = this.#events;
    const last = events.pop()!;
    if (events.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1]!, events[child]!)) child++;
      if (!isBefore(events[child]!, last)) break;
      events[place] = events[child]!;
      place = child;
    }
    events[place] = last;
  }
}

interface Moment {
  readonly atMs: number;
  readonly order: number;
}

function isBefore(one: Moment, other: Moment): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
