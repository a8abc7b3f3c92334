/** How the register judges silence. */
export interface HeartbeatSettings {
  /** A silence longer than this is beyond the timeout, ms. */
  readonly timeoutMs: number;
  /** That many checks beyond the timeout, one after the other, and the entry is dropped. */
  readonly maxMissedBeats: number;
}

/** What a check found: the first missed beat of a silence, or the last. */
export type HeartbeatEvent =
  | { readonly kind: 'warning'; readonly id: string; readonly missedBeats: number }
  | { readonly kind: 'timeout'; readonly id: string; readonly type: string };

/** One entry as it stands at a moment. */
export interface HeartbeatEntry {
  readonly id: string;
  readonly type: string;
  /** When it was registered, resumed or heard last, on the caller's clock. */
  readonly lastBeatMs: number;
  /** Checks that found it beyond the timeout, since then. */
  readonly missedBeats: number;
  readonly isPaused: boolean;
}

/** The default judgement: beyond 30 s of silence, three checks. */
export const defaultHeartbeatSettings: HeartbeatSettings = { timeoutMs: 30_000, maxMissedBeats: 3 };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Counts missed heartbeats check by check, knowing nothing of timers: `now` is ms on one clock that never goes back,
 * and a caller checks at the interval it likes. A pause of the caller itself is one check, so it costs one missed beat
 * and never three.
 *
 * @example
 * ```ts
 * const register = new HeartbeatRegister();
 * register.register('writer', 'author', 0);
 * [...register.check(35_000)]; // [{ kind: 'warning', id: 'writer', missedBeats: 1 }]
 * register.beat('writer', 36_000);
 * [...register.check(40_000)]; // []
 * ```
 */
export class HeartbeatRegister {
  readonly #settings: HeartbeatSettings;
  readonly #entries = new Map<string, Mutable<HeartbeatEntry>>();

  constructor(settings: Partial<HeartbeatSettings> = {}) {
    this.#settings = { ...defaultHeartbeatSettings, ...settings };
  }

  /** Enters an id as heard `now`. One that is there is replaced: its type, its silence, its pause. */
  register(id: string, type: string, now: number): void {
    this.#entries.set(id, { id, type, lastBeatMs: now, missedBeats: 0, isPaused: false });
  }

  /** Removes an id; whether it was there. */
  unregister(id: string): boolean {
    return this.#entries.delete(id);
  }

  /** Ends a silence. A paused entry stays paused. Whether the id is there. */
  beat(id: string, now: number): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    entry.lastBeatMs = now;
    entry.missedBeats = 0;
    return true;
  }

  /** Lets checks pass an entry over until it is resumed; its missed beats stay. Whether the id is there. */
  pause(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    entry.isPaused = true;
    return true;
  }

  /** Ends a pause, and the silence with it: the timer begins afresh. Whether the id is there. */
  resume(id: string, now: number): boolean {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.isPaused = false;
    return this.beat(id, now);
  }

  /**
   * Judges one entry after the other as the events are taken, so that whoever takes one may register, unregister, beat
   * and pause before the next is judged. What has timed out is dropped before its event is given out. Take them all:
   * entries after a loop that was left early are not judged.
   */
  *check(now: number): Generator<HeartbeatEvent, void, undefined> {
    const { timeoutMs, maxMissedBeats } = this.#settings;
    for (const entry of this.#entries.values()) {
      if (entry.isPaused || now - entry.lastBeatMs <= timeoutMs) continue;
      const { id, type } = entry;
      const missedBeats = ++entry.missedBeats;
      if (missedBeats === 1) yield { kind: 'warning', id, missedBeats };
      // Taking the warning may have changed the entry, replaced it or removed it.
      if (entry.missedBeats < maxMissedBeats || entry.isPaused || this.#entries.get(id) !== entry) continue;
      this.#entries.delete(id);
      yield { kind: 'timeout', id, type };
    }
  }

  /** An entry as it is now; undefined where there is none. */
  find(id: string): Readonly<HeartbeatEntry> | undefined {
    const entry = this.#entries.get(id);
    return entry && { ...entry };
  }

  /** All entries, in the order of their registration. */
  entries(): readonly HeartbeatEntry[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry }));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Entries of which no beat is missed. */
  get healthyCount(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.missedBeats === 0) count++;
    return count;
  }
}
