import type { AgentEntry } from './agent-entry.ts';
import type { AttributeSet } from './attribute-set.ts';
import type { DurationHistogram } from './duration-histogram.ts';
import type { NumberFamily } from './families.ts';

/**
 * What the receiver is known to have of each agent, so that increases can be sent. A request that didn't arrive
 * moves nothing: its increases are part of the next.
 */
export class DeltaBaselines {
  readonly #arrived = new WeakMap<AgentEntry, Arrived>();

  /** Begins a request that is read at this time. */
  begin(timeNanos: bigint): DeltaRequest {
    return new DeltaRequest(this.#arrived, timeNanos);
  }
}

/** The increases of one request. */
export class DeltaRequest {
  readonly #arrived: WeakMap<AgentEntry, Arrived>;
  readonly #read = new Map<AgentEntry, AgentIncreases>();
  readonly #timeNanos: bigint;

  constructor(arrived: WeakMap<AgentEntry, Arrived>, timeNanos: bigint) {
    this.#arrived = arrived;
    this.#timeNanos = timeNanos;
  }

  of(entry: AgentEntry): AgentIncreases {
    let increases = this.#read.get(entry);
    if (increases === undefined) {
      increases = new AgentIncreases(
        this.#arrived.get(entry) ?? {
          timeNanos: entry.startNanos,
          numbers: new Map(),
          durations: new Map(),
        },
      );
      this.#read.set(entry, increases);
    }
    return increases;
  }

  /** The request has arrived: the next one counts from here on. */
  commit(): void {
    for (const [entry, { numbers, durations }] of this.#read) {
      this.#arrived.set(entry, { timeNanos: this.#timeNanos, numbers, durations });
    }
  }
}

interface Arrived {
  readonly timeNanos: bigint;
  readonly numbers: ReadonlyMap<NumberFamily, ReadonlyMap<AttributeSet, number>>;
  readonly durations: ReadonlyMap<DurationHistogram, DurationHistogram>;
}

/** One agent in one request: increases since what has arrived, and what will have arrived with it. */
class AgentIncreases {
  readonly #arrived: Arrived;
  readonly numbers = new Map<NumberFamily, Map<AttributeSet, number>>();
  readonly durations = new Map<DurationHistogram, DurationHistogram>();

  constructor(arrived: Arrived) {
    this.#arrived = arrived;
  }

  /** Since when the increases are counted. */
  get startNanos(): bigint {
    return this.#arrived.timeNanos;
  }

  number(family: NumberFamily, suffix: AttributeSet, value: number): number {
    let read = this.numbers.get(family);
    if (read === undefined) {
      read = new Map();
      this.numbers.set(family, read);
    }
    read.set(suffix, value);
    return value - (this.#arrived.numbers.get(family)?.get(suffix) ?? 0);
  }

  duration(durations: DurationHistogram): DurationHistogram {
    this.durations.set(durations, durations.since(undefined));
    return durations.since(this.#arrived.durations.get(durations));
  }
}
