import { bucketsPerWindow, hourMs, hoursPerDay, SlidingSums } from './windows.ts';

/** Operations of an agent, by name, whose durations get a baseline; the others have none. */
export const maxBaselinesPerAgent = 16;
const fewestOperations = 20;

interface Operation {
  readonly name: string;
  readonly row: number;
  firstSeenMs: number;
  total: number;
  /** The hour of which the baseline below is. */
  baselineHour: number;
  baselineMs: number;
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
/** Before all time; a small integer, as hours are: an object holds it in place. */
const unknownHour = -(2 ** 30);
const means = new Float64Array(hoursPerDay);

/**
 * How long an agent's operations take beside how long they usually do. The baseline is the median of hourly means, by
 * operation name; it is known after twenty operations and an hour.
 */
export class Baselines {
  readonly #window: SlidingSums;
  readonly #hours = new SlidingSums(hoursPerDay * hourMs, hoursPerDay, 2);
  /** By slot. */
  readonly #byAgent: (Operation[] | undefined)[] = [];
  readonly #free: number[] = [];
  #rows = 0;

  /** @param windowMs - The health window. */
  constructor(windowMs: number) {
    this.#window = new SlidingSums(windowMs, bucketsPerWindow, 2);
  }

  /** Notes operations that finished, with the sum of their durations in milliseconds. */
  add(slot: number, name: string, finished: number, durationMs: number, atMs: number): void {
    const operations = this.#operationsOf(slot);
    let operation = named(operations, name);
    if (operation === undefined) {
      if (operations.length >= maxBaselinesPerAgent) return;
      operation = {
        name,
        row: this.#free.pop() ?? this.#rows++,
        firstSeenMs: atMs,
        total: 0,
        baselineHour: unknownHour,
        baselineMs: Number.NaN,
      };
      operations.push(operation);
    }
    operation.total += finished;
    this.#window.add(operation.row, atMs, finished, durationMs);
    this.#hours.add(operation.row, atMs, finished, durationMs);
    // Told late, it changes an hour that is over.
    if (Math.floor(atMs / hourMs) < operation.baselineHour) operation.baselineHour = unknownHour;
  }

  /**
   * The mean duration over the window beside the baseline, over all operations that have one, each as often as it ran.
   *
   * @returns 1 is as usual; null where nothing can be compared.
   */
  ratioOf(slot: number, nowMs: number): number | null {
    let weighted = 0;
    let ran = 0;
    const operations = this.#byAgent[slot];
    if (operations === undefined) return null;
    for (const operation of operations) {
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
    for (const { row } of this.#byAgent[slot] ?? []) {
      this.#window.clear(row);
      this.#hours.clear(row);
      this.#free.push(row);
    }
    this.#byAgent[slot] = undefined;
  }

  /** See {@link SlidingSums.clearFuture}. */
  clearFuture(nowMs: number): void {
    this.#window.clearFuture(nowMs);
    this.#hours.clearFuture(nowMs);
    for (const operations of this.#byAgent) {
      for (const operation of operations ?? []) {
        operation.firstSeenMs = Math.min(operation.firstSeenMs, nowMs);
      }
    }
  }

  save(slot: number): SavedBaselines[] {
    return (this.#byAgent[slot] ?? []).map(({ name, row, firstSeenMs, total }) => ({
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
      const { name, firstSeenMs, total } = entry;
      return { name, row, firstSeenMs, total, baselineHour: unknownHour, baselineMs: Number.NaN };
    });
    if (operations.length > 0) this.#ensureSlot(slot, operations);
  }

  #operationsOf(slot: number): Operation[] {
    return this.#byAgent[slot] ?? this.#ensureSlot(slot, []);
  }

  /** Slots are dense: an array without holes is read fastest. */
  #ensureSlot(slot: number, operations: Operation[]): Operation[] {
    while (this.#byAgent.length < slot) this.#byAgent.push(undefined);
    this.#byAgent[slot] = operations;
    return operations;
  }

  /**
   * The median of the means of the hours that are over; NaN before twenty operations and an hour. It stands until the
   * next hour is over.
   */
  #baselineMs(operation: Operation, nowMs: number): number {
    const hour = Math.floor(nowMs / hourMs);
    if (operation.baselineHour === hour) return operation.baselineMs;
    if (operation.total < fewestOperations || nowMs - operation.firstSeenMs < hourMs) return Number.NaN;
    let hours = 0;
    this.#hours.eachFormer(operation.row, nowMs, (at, sums) => {
      if (sums[at + count]! > 0) means[hours++] = sums[at + durationSum]! / sums[at + count]!;
    });
    operation.baselineHour = hour;
    operation.baselineMs = hours === 0 ? Number.NaN : medianOf(means.subarray(0, hours));
    return operation.baselineMs;
  }
}

function named(operations: readonly Operation[], name: string): Operation | undefined {
  for (const operation of operations) if (operation.name === name) return operation;
  return undefined;
}

function medianOf(values: Float64Array): number {
  const sorted = values.sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
