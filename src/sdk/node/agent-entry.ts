import { attributes as a, type ReportedState } from '@agent-vitals/contract';
import type { AgentReadings, AgentRecorder, ExhaustedReading } from '../emission.ts';
import { AttributeSet } from './attribute-set.ts';
import { Departure } from './departure.ts';
import { DurationHistogram } from './duration-histogram.ts';

/** The durations of one operation or integration, by outcome. */
export interface DurationSeries {
  readonly attributes: AttributeSet;
  readonly durations: DurationHistogram;
}

/** An agent that the producer shows: its fields are read at an export, its durations are kept here. */
export class AgentEntry implements AgentRecorder {
  readonly agent: AgentReadings;
  readonly identity: AttributeSet;
  readonly info: AttributeSet;
  readonly startNanos: bigint;
  /** Durations are counted from here on, which may be later than the agent's other counters. */
  readonly attachedNanos: bigint;
  readonly #operations: DurationLedger;
  readonly #integrations: DurationLedger;
  /** Said goodbye for good: it leaves after it has been shown once more. */
  detached = false;
  readonly #active = new Map<string, AttributeSet>();
  #recovery: { readonly reading: ExhaustedReading; readonly attributes: AttributeSet } | undefined;
  readonly #departure: Departure;

  /** @param predecessor - An entry of the same id whose durations this one continues. */
  constructor(agent: AgentReadings, attachedMs: number, predecessor?: AgentEntry) {
    this.agent = agent;
    this.#departure = new Departure(agent);
    this.identity = new AttributeSet(agent.identity);
    this.info = new AttributeSet(agent.info);
    this.startNanos = nanosOf(agent.startTimeMs);
    this.attachedNanos = predecessor?.attachedNanos ?? nanosOf(attachedMs);
    this.#operations =
      predecessor === undefined ? new DurationLedger(a.operationName) : predecessor.#operations;
    this.#integrations =
      predecessor === undefined ? new DurationLedger(a.integrationName) : predecessor.#integrations;
  }

  get operations(): readonly DurationSeries[] {
    return this.#operations.series;
  }

  get integrations(): readonly DurationSeries[] {
    return this.#integrations.series;
  }

  operation(name: string, durationSeconds: number, errorType: string | undefined): void {
    this.#operations.of(name, errorType).record(durationSeconds);
  }

  integration(name: string, durationSeconds: number, errorType: string | undefined): void {
    this.#integrations.of(name, errorType).record(durationSeconds);
  }

  /** The process is about to end; whether that is news. */
  depart(): boolean {
    return this.#departure.begin();
  }

  /** What it reports. */
  get state(): ReportedState {
    return this.detached ? this.agent.state : this.#departure.state;
  }

  activeAttributes(name: string): AttributeSet {
    let attributes = this.#active.get(name);
    if (attributes === undefined) {
      attributes = new AttributeSet({ [a.operationName]: name });
      this.#active.set(name, attributes);
    }
    return attributes;
  }

  recoveryAttributes(reading: ExhaustedReading): AttributeSet {
    const known = this.#recovery;
    if (
      known !== undefined &&
      known.reading.reason === reading.reason &&
      known.reading.scope === reading.scope &&
      known.reading.source === reading.source
    ) {
      return known.attributes;
    }
    const attributes = new AttributeSet({
      [a.exhaustedReason]: reading.reason,
      [a.exhaustedScope]: reading.scope,
      [a.recoverySource]: reading.source,
    });
    this.#recovery = { reading, attributes };
    return attributes;
  }
}

/** The durations of one agent's operations, or integrations, by name and outcome. */
class DurationLedger {
  readonly series: DurationSeries[] = [];
  readonly #key: string;
  readonly #successes = new Map<string, DurationHistogram>();
  readonly #failures = new Map<string, Map<string, DurationHistogram>>();

  constructor(key: string) {
    this.#key = key;
  }

  of(name: string, errorType: string | undefined): DurationHistogram {
    if (errorType === undefined) return this.#found(this.#successes, name, name, undefined);
    let failures = this.#failures.get(name);
    if (failures === undefined) {
      failures = new Map();
      this.#failures.set(name, failures);
    }
    return this.#found(failures, errorType, name, errorType);
  }

  #found(
    among: Map<string, DurationHistogram>,
    under: string,
    name: string,
    errorType: string | undefined,
  ): DurationHistogram {
    let durations = among.get(under);
    if (durations === undefined) {
      durations = new DurationHistogram();
      among.set(under, durations);
      const attributes = new AttributeSet({ [this.#key]: name, [a.errorType]: errorType });
      this.series.push({ attributes, durations });
    }
    return durations;
  }
}

/** Milliseconds since the epoch as nanoseconds, exact to the microsecond. */
export function nanosOf(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1_000)) * 1_000n;
}
