import { bucketsPerWindow, hourMs, hoursPerDay, SlidingSums } from './windows.ts';

/** Operations of an agent, by name, whose durations get a baseline; the others have none. */
export const maxBaselinesPerAgent = 16;
const fewestOperations = 20;

interface Operation {
  readonly name: string;
  readonly row: number;
  firstSeenMs: number;
  total: number;
}

/** An agent's operations as a snapshot keeps them. */
export interface SavedBaselines {
  readonly name: string;
  readonly firstSeenMs: number;
  readonly total: number;
  readonly window: ReturnType<SlidingSums['save']>;
  readonly hours: ReturnType<SlidingSums['save']>;
}

const count = 0;
const durationSum = 1;
const means = new Float64Array(hoursPerDay);

/**
 * How long an agent's operations take beside how long they usually do. The baseline is the median of hourly means, by
 * operation name; it is known after twenty operations and an hour.
 */
export class Baselines {
  readonly #window: SlidingSums;
  readonly #hours = new SlidingSums(hoursPerDay * hourMs, hoursPerDay, 2);
  readonly #byAgent = new Map<number, Operation[]>();
  readonly #free: number[] = [];
  #rows = 0;

  /** @param windowMs - The health window. */
  constructor(windowMs: number) {
    this.#window = new SlidingSums(windowMs, bucketsPerWindow, 2);
  }

  /** Notes operations that finished, with the sum of their durations in milliseconds. */
  add(slot: number, name: string, finished: number, durationMs: number, atMs: number): void {
    let operations = this.#byAgent.get(slot);
    if (operations === undefined) {
      operations = [];
      this.#byAgent.set(slot, operations);
    }
    let operation = operations.find((known) => known.name === name);
    if (operation === undefined) {
      if (operations.length >= maxBaselinesPerAgent) return;
      operation = { name, row: this.#free.pop() ?? this.#rows++, firstSeenMs: atMs, total: 0 };
      operations.push(operation);
    }
    operation.total += finished;
    for (const sums of [this.#window, this.#hours]) {
      sums.add(operation.row, count, finished, atMs);
      sums.add(operation.row, durationSum, durationMs, atMs);
    }
  }

  /**
   * The mean duration over the window beside the baseline, over all operations that have one, each as often as it ran.
   *
   * @returns 1 is as usual; null where nothing can be compared.
   */
  ratioOf(slot: number, nowMs: number): number | null {
    let weighted = 0;
    let ran = 0;
    for (const operation of this.#byAgent.get(slot) ?? []) {
      const finished = this.#window.sum(operation.row, count, nowMs);
      if (finished === 0) continue;
      const baseline = this.#baselineMs(operation, nowMs);
      if (!(baseline > 0)) continue;
      // Finished times (their mean over the baseline) is their sum over it.
      weighted += this.#window.sum(operation.row, durationSum, nowMs) / baseline;
      ran += finished;
    }
    return ran === 0 ? null : weighted / ran;
  }

  forget(slot: number): void {
    for (const { row } of this.#byAgent.get(slot) ?? []) {
      this.#window.clear(row);
      this.#hours.clear(row);
      this.#free.push(row);
    }
    this.#byAgent.delete(slot);
  }

  /** See {@link SlidingSums.clearFuture}. */
  clearFuture(nowMs: number): void {
    this.#window.clearFuture(nowMs);
    this.#hours.clearFuture(nowMs);
    for (const operations of this.#byAgent.values()) {
      for (const operation of operations) operation.firstSeenMs = Math.min(operation.firstSeenMs, nowMs);
    }
  }

  save(slot: number): SavedBaselines[] {
    return (this.#byAgent.get(slot) ?? []).map(({ name, row, firstSeenMs, total }) => ({
      name,
      firstSeenMs,
      total,
      window: this.#window.save(row),
      hours: this.#hours.save(row),
    }));
  }

  restore(slot: number, saved: readonly SavedBaselines[]): void {
    const operations = saved.slice(0, maxBaselinesPerAgent).map((entry): Operation => {
      const row = this.#free.pop() ?? this.#rows++;
      if (entry.window !== undefined) this.#window.restore(row, entry.window);
      if (entry.hours !== undefined) this.#hours.restore(row, entry.hours);
      return { name: entry.name, row, firstSeenMs: entry.firstSeenMs, total: entry.total };
    });
    if (operations.length > 0) this.#byAgent.set(slot, operations);
  }

  /** The median of the means of the hours that are over; NaN before twenty operations and an hour. */
  #baselineMs(operation: Operation, nowMs: number): number {
    if (operation.total < fewestOperations || nowMs - operation.firstSeenMs < hourMs) return Number.NaN;
    let hours = 0;
    this.#hours.eachFormer(operation.row, nowMs, (at, sums) => {
      if (sums[at + count]! > 0) means[hours++] = sums[at + durationSum]! / sums[at + count]!;
    });
    if (hours === 0) return Number.NaN;
    const sorted = means.subarray(0, hours).sort();
    const middle = hours >> 1;
    return hours % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  }
}
