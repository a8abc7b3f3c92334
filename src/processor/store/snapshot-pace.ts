/** Work saved up while nothing was written may be done at once: this much of it, in milliseconds. */
const burstMs = 100;

export interface SnapshotPaceOptions {
  /** From the beginning of a snapshot to that of the next, unless that would cost too much. */
  readonly intervalMs: number;
  /** Of one core: snapshots take no more in the long run. */
  readonly share: number;
  readonly nowMs: number;
}

/**
 * Decides when the next turn of a snapshot is due. A snapshot is a round over all that has changed, in turns; what
 * turns cost is paid from a budget that grows evenly, so that a fleet too large for its interval gets a longer one.
 * It has no clock: time is an argument, in milliseconds on any steady line.
 *
 * @example
 * ```ts
 * const pace = new SnapshotPace({ intervalMs: 5_000, share: 0.1, nowMs: 0 });
 * pace.nextTurnAtMs; // 5_000
 * pace.turnTaken({ beganAtMs: 5_000, nowMs: 5_300, costMs: 300, isLast: false });
 * pace.nextTurnAtMs; // 7_300: 200 ms beyond the budget are earned back in 2 s
 * ```
 */
export class SnapshotPace {
  readonly #intervalMs: number;
  readonly #share: number;
  #budgetMs = burstMs;
  #budgetAtMs: number;
  /** When the round under way began; NaN between rounds. */
  #roundBeganAtMs = Number.NaN;
  #nextRoundAtMs: number;
  /** When the last whole round began: what had changed before is kept. */
  #keptUntilMs: number;
  #lastRoundMs = 0;

  constructor({ intervalMs, share, nowMs }: SnapshotPaceOptions) {
    this.#intervalMs = intervalMs;
    this.#share = share;
    this.#budgetAtMs = nowMs;
    this.#keptUntilMs = nowMs;
    this.#nextRoundAtMs = nowMs + intervalMs;
  }

  /** When the next turn may be taken. */
  get nextTurnAtMs(): number {
    const wanted = Number.isNaN(this.#roundBeganAtMs) ? this.#nextRoundAtMs : this.#roundBeganAtMs;
    return Math.max(wanted, this.#affordableAtMs);
  }

  /**
   * Notes a turn.
   *
   * @param turn - When it began and ended, what it cost of a core, and whether the round is over with it.
   */
  turnTaken(turn: { beganAtMs: number; nowMs: number; costMs: number; isLast: boolean }): void {
    const { beganAtMs, nowMs, costMs, isLast } = turn;
    this.#budgetMs = this.#budgetAt(nowMs) - costMs;
    this.#budgetAtMs = nowMs;
    if (Number.isNaN(this.#roundBeganAtMs)) this.#roundBeganAtMs = beganAtMs;
    if (!isLast) return;
    this.#keptUntilMs = this.#roundBeganAtMs;
    this.#lastRoundMs = nowMs - this.#roundBeganAtMs;
    this.#nextRoundAtMs = this.#roundBeganAtMs + this.#intervalMs;
    this.#roundBeganAtMs = Number.NaN;
  }

  /** The interval as it is: longer than the configured one where a round takes longer. */
  intervalMs(nowMs: number): number {
    const underWay = Number.isNaN(this.#roundBeganAtMs) ? 0 : nowMs - this.#roundBeganAtMs;
    return Math.max(this.#intervalMs, this.#lastRoundMs, underWay);
  }

  /** The greatest age of a change that is not kept yet. */
  lagMs(nowMs: number): number {
    return nowMs - this.#keptUntilMs;
  }

  get #affordableAtMs(): number {
    return this.#budgetMs >= 0 ? this.#budgetAtMs : this.#budgetAtMs - this.#budgetMs / this.#share;
  }

  #budgetAt(nowMs: number): number {
    return Math.min(burstMs, this.#budgetMs + (nowMs - this.#budgetAtMs) * this.#share);
  }
}
