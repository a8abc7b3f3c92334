import { prometheusName, statusPrecedence } from '@agent-vitals/contract';
import type { FleetView } from '../../../core/index.ts';
import { agentFamilies } from './agent-families.ts';
import type { AgentSample } from './agent-sample.ts';
import { countExhausted } from './exhausted-agents.ts';
import { countRows, type Family } from './family.ts';
import { type FleetSample, fleetFamilies } from './fleet-families.ts';
import { lookCost, Pace, sliceRows } from './pace.ts';
import { selectAgents } from './series-budget.ts';
import { familyHeader, formatValue } from './text-format.ts';

export interface ExpositionOptions {
  /** Now, on the fleet's time line. */
  readonly nowMs: number;
  /** Turns a moment of the fleet's time line into milliseconds since the epoch. */
  toEpochMs(atMs: number): number;
  /** The series budget, for agents and fleet together. */
  readonly maxSeries: number;
  /** Calls the exposition off. */
  readonly signal?: AbortSignal;
}

export interface ExpositionSummary {
  /** Series written. */
  readonly series: number;
  /** Agents that have series of their own. */
  readonly agents: number;
}

/** Takes a piece of the exposition and settles when more may come. */
export type ChunkSink = (chunk: string) => Promise<void>;

/**
 * Writes what is known of the fleet in Prometheus' text format 0.0.4. Beyond the series budget only agents that
 * aren't fine have series of their own, then only the worst of them; what is said of the fleet as a whole is always
 * complete. An agent has all its series or none.
 *
 * @param fleet - The fleet; it may change while this goes on.
 * @param options - Time, budget, and how to call it off.
 * @param write - Takes at most 512 rows at a time; it is awaited before the next piece is made.
 * @returns How much was written.
 * @throws What `write` throws, and the signal's reason.
 * @example
 * ```ts
 * const options = { nowMs: clock.now(), toEpochMs: clock.toEpochMs, maxSeries: 300_000 };
 * await writeExposition(fleet, options, async (chunk) => void process.stdout.write(chunk));
 * ```
 */
export async function writeExposition(
  fleet: FleetView,
  options: ExpositionOptions,
  write: ChunkSink,
): Promise<ExpositionSummary> {
  const { nowMs, maxSeries } = options;
  const pace = new Pace(options.signal ?? new AbortController().signal);
  const fleetSample: FleetSample = {
    agentsByStatus: new Map(statusPrecedence.map((status) => [status, fleet.countIn(status)])),
    exhausted: await countExhausted(fleet, pace),
  };
  const fleetSeries = countRows(fleetFamilies, fleetSample);
  const { samples, series } = await selectAgents(fleet, nowMs, Math.max(0, maxSeries - fleetSeries), pace);

  // The wall clock is set at most once in an exposition: all its times are by the same reading.
  const epochOffsetMs = options.toEpochMs(nowMs) - nowMs;
  const writer = new RowWriter(write, pace, (atMs) => Math.round(atMs + epochOffsetMs) / 1000);
  for (const family of fleetFamilies) await writer.family(family, [fleetSample], () => '');
  for (const family of agentFamilies)
    await writer.family(family, samples, (sample: AgentSample) => sample.labels);
  await writer.flush();
  return { series: fleetSeries + series, agents: samples.length };
}

/** Gathers rows and hands them on, 512 at a time. */
class RowWriter {
  readonly #write: ChunkSink;
  readonly #pace: Pace;
  readonly #toEpochSeconds: (atMs: number) => number;
  #text = '';
  #rows = 0;
  #full: string[] = [];

  constructor(write: ChunkSink, pace: Pace, toEpochSeconds: (atMs: number) => number) {
    this.#write = write;
    this.#pace = pace;
    this.#toEpochSeconds = toEpochSeconds;
  }

  /** Writes a family whole, its header only if it has rows. */
  async family<Subject>(
    family: Family<Subject>,
    subjects: Iterable<Subject>,
    labelsOf: (subject: Subject) => string,
  ): Promise<void> {
    const name = prometheusName(family.metric);
    let header = familyHeader(family.metric);
    let identity = '';
    const row = (labels: string, value: number) => {
      const separator = identity !== '' && labels !== '' ? ',' : '';
      const all = `${identity}${separator}${labels}`;
      this.#add(`${header}${name}${all === '' ? '' : `{${all}}`} ${formatValue(value)}\n`);
      header = '';
    };
    for (const subject of subjects) {
      if (this.#pace.spend(lookCost)) await this.#pace.giveWay();
      identity = labelsOf(subject);
      family.rows(subject, row, this.#toEpochSeconds);
      if (this.#full.length > 0) await this.#handOn();
    }
  }

  /** Hands on what is left. */
  async flush(): Promise<void> {
    if (this.#rows > 0) this.#cut();
    await this.#handOn();
  }

  #add(line: string): void {
    this.#text += line;
    this.#rows += 1;
    if (this.#rows === sliceRows) this.#cut();
  }

  #cut(): void {
    this.#full.push(this.#text);
    this.#text = '';
    this.#rows = 0;
  }

  async #handOn(): Promise<void> {
    const chunks = this.#full;
    this.#full = [];
    for (const chunk of chunks) await this.#write(chunk);
    await this.#pace.giveWay();
  }
}
