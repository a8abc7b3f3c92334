import type { HealthTrend, IntegrationStatus } from '@agent-vitals/contract';
import {
  type ConnectionStatus,
  connectionStatus,
  defaultSlowAboveMs,
  integrationScores,
  integrationStatus,
  modelSlowAboveMs,
} from './integration-status.ts';
import { trendOf } from './trend.ts';
import {
  bucketsPerHour,
  bucketsPerWindow,
  hourMs,
  hoursPerDay,
  type SavedSums,
  SlidingSums,
} from './windows.ts';

/** Well-known values of OpenTelemetry's `gen_ai.provider.name`: requests to them are model calls. */
const modelProviders = new Set([
  'anthropic',
  'aws.bedrock',
  'azure.ai.inference',
  'azure.ai.openai',
  'cohere',
  'deepseek',
  'gcp.gemini',
  'gcp.gen_ai',
  'gcp.vertex_ai',
  'groq',
  'ibm.watsonx.ai',
  'mistral_ai',
  'openai',
  'perplexity',
  'x_ai',
]);

const count = 0;
const failed = 1;
const durationSum = 2;
const scoreSum = 0;
const samples = 1;

interface Integration {
  readonly name: string;
  readonly row: number;
  lastUsedMs: number;
  lastSuccessMs: number;
  failuresRunning: number;
  readonly countedSinceMs: number;
  requestsTotal: number;
  failuresTotal: number;
}

/** An integration as an image keeps it. */
export interface SavedIntegration {
  readonly name: string;
  readonly lastUsedMs: number;
  /** Null where no request succeeded yet. */
  readonly lastSuccessMs: number | null;
  readonly failuresRunning: number;
  /** With the totals, missing in images of earlier versions. */
  readonly countedSinceMs?: number;
  readonly requestsTotal?: number;
  readonly failuresTotal?: number;
  readonly window: SavedSums | undefined;
  readonly hourScores: SavedSums | undefined;
  readonly dayScores: SavedSums | undefined;
}

/** What is known of an integration; null is not known. Times are on the fleet's time line. */
export interface IntegrationView {
  readonly name: string;
  readonly status: IntegrationStatus;
  readonly connection: ConnectionStatus;
  readonly lastUsedMs: number;
  /** Over the health window. */
  readonly requests: number;
  /** When it was first called; its totals are another's where this differs. */
  readonly countedSinceMs: number;
  /** Since then. */
  readonly requestsTotal: number;
  readonly failuresTotal: number;
  readonly errorRatio: number | null;
  readonly meanDurationMs: number | null;
  readonly slowAboveMs: number;
  readonly trend: HealthTrend | null;
  /** 0 to 1. */
  readonly score: number;
}

export interface IntegrationBookOptions {
  /** The health window. */
  readonly windowMs: number;
  /** How many integrations are kept at most. */
  readonly limit: number;
  /** Thresholds of single integrations, by name. */
  readonly slowAboveMs: Readonly<Record<string, number>>;
  /** One that nobody has called for so long is forgotten; never by default. */
  readonly forgetAfterMs?: number;
  /** Told of the row of each integration that is another than its image. */
  readonly onChange?: (row: number) => void;
}

/**
 * The integrations of the whole fleet: what agents call, by name. It is long because counting, judging, forgetting and
 * images share the rows of its windows.
 */
export class IntegrationBook {
  readonly #limit: number;
  /** A map: names are anybody's, `constructor` too. */
  readonly #slowAboveMs: ReadonlyMap<string, number>;
  readonly #window: SlidingSums;
  readonly #hourScores = new SlidingSums(hourMs, bucketsPerHour, 2);
  readonly #dayScores = new SlidingSums(hoursPerDay * hourMs, hoursPerDay, 2);
  readonly #byName = new Map<string, Integration>();
  readonly #byRow: (Integration | undefined)[] = [];
  readonly #freeRows: number[] = [];
  readonly #onChange: (row: number) => void;
  readonly #forgetAfterMs: number;
  /** Sorted; undefined once there is a new one. */
  #names: string[] | undefined;

  constructor({
    windowMs,
    limit,
    slowAboveMs,
    forgetAfterMs = Number.POSITIVE_INFINITY,
    onChange = () => {},
  }: IntegrationBookOptions) {
    this.#limit = limit;
    this.#forgetAfterMs = forgetAfterMs;
    this.#onChange = onChange;
    this.#slowAboveMs = new Map(Object.entries(slowAboveMs));
    // A whole fleet's requests add up.
    this.#window = new SlidingSums(windowMs, bucketsPerWindow, 3, Float64Array);
  }

  get size(): number {
    return this.#byName.size;
  }

  /**
   * Notes requests that ended the same way, with the sum of their durations in milliseconds.
   *
   * @returns False where there are too many integrations already.
   */
  add(name: string, hasFailed: boolean, finished: number, durationMs: number, madeAtMs: number): boolean {
    const integration = this.#byName.get(name) ?? this.#begin(name, madeAtMs);
    if (integration === undefined) return false;
    integration.lastUsedMs = Math.max(integration.lastUsedMs, madeAtMs);
    integration.requestsTotal += finished;
    if (hasFailed) integration.failuresTotal += finished;
    this.#window.add(integration.row, madeAtMs, finished, hasFailed ? finished : 0, durationMs);
    if (hasFailed) {
      // Failures and successes of one export have no order among them: they are not failures running.
      if (madeAtMs > integration.lastSuccessMs) integration.failuresRunning += finished;
    } else {
      integration.lastSuccessMs = Math.max(integration.lastSuccessMs, madeAtMs);
      integration.failuresRunning = 0;
    }
    this.#onChange(integration.row);
    return true;
  }

  /**
   * Notes the scores of some, for their trends, and forgets those that nobody has called for long.
   *
   * @param first - The place of the first among {@link IntegrationBook.names}.
   * @param limit - How many.
   */
  sample(nowMs: number, first = 0, limit = Number.POSITIVE_INFINITY): void {
    for (const name of this.names().slice(first, first + limit)) {
      const integration = this.#byName.get(name)!;
      if (nowMs - integration.lastUsedMs > this.#forgetAfterMs) {
        this.#forget(integration);
        continue;
      }
      const score = integrationScores[this.#figuresOf(integration, nowMs).status];
      this.#hourScores.add(integration.row, nowMs, score, 1);
      this.#dayScores.add(integration.row, nowMs, score, 1);
    }
  }

  /** Its score, null where it is not known. */
  scoreOf(name: string, nowMs: number): number | null {
    const integration = this.#byName.get(name);
    return integration === undefined ? null : integrationScores[this.#figuresOf(integration, nowMs).status];
  }

  viewOf(name: string, nowMs: number): IntegrationView | undefined {
    const integration = this.#byName.get(name);
    if (integration === undefined) return undefined;
    const { row, lastUsedMs, countedSinceMs, requestsTotal, failuresTotal } = integration;
    const figures = this.#figuresOf(integration, nowMs);
    return {
      name,
      ...figures,
      connection: connectionStatus(figures.status, figures.requests > 0),
      lastUsedMs,
      countedSinceMs,
      requestsTotal,
      failuresTotal,
      trend: trendOf(meanOf(this.#hourScores, row, nowMs), meanOf(this.#dayScores, row, nowMs)),
      score: integrationScores[figures.status],
    };
  }

  /** All names, sorted; not to be changed. */
  names(): readonly string[] {
    this.#names ??= [...this.#byName.keys()].sort();
    return this.#names;
  }

  /** All of them, by name. */
  views(nowMs: number): IntegrationView[] {
    return this.names().map((name) => this.viewOf(name, nowMs)!);
  }

  /** An integration for an image; undefined where the row is free. */
  save(row: number): SavedIntegration | undefined {
    const integration = this.#byRow[row];
    if (integration === undefined) return undefined;
    const { name, lastUsedMs, lastSuccessMs, failuresRunning } = integration;
    const { countedSinceMs, requestsTotal, failuresTotal } = integration;
    return {
      name,
      lastUsedMs,
      lastSuccessMs: Number.isFinite(lastSuccessMs) ? lastSuccessMs : null,
      failuresRunning,
      countedSinceMs,
      requestsTotal,
      failuresTotal,
      window: this.#window.save(row),
      hourScores: this.#hourScores.save(row),
      dayScores: this.#dayScores.save(row),
    };
  }

  /** Puts an integration back, in whatever row; one that is known already, from a newer image, stays as it is. */
  restore(saved: SavedIntegration): void {
    if (this.#byName.has(saved.name)) return;
    const { lastUsedMs, countedSinceMs = lastUsedMs } = saved;
    const integration = this.#begin(saved.name, lastUsedMs, countedSinceMs);
    if (integration === undefined) return;
    integration.requestsTotal = saved.requestsTotal ?? 0;
    integration.failuresTotal = saved.failuresTotal ?? 0;
    integration.lastSuccessMs = saved.lastSuccessMs ?? Number.NEGATIVE_INFINITY;
    integration.failuresRunning = saved.failuresRunning;
    const { row } = integration;
    if (saved.window !== undefined) this.#window.restore(row, saved.window);
    if (saved.hourScores !== undefined) this.#hourScores.restore(row, saved.hourScores);
    if (saved.dayScores !== undefined) this.#dayScores.restore(row, saved.dayScores);
    this.#onChange(row);
  }

  /** After a restore: drops what reaches beyond now, because the clock was set back meanwhile. */
  clearFuture(nowMs: number): void {
    for (const sums of [this.#window, this.#hourScores, this.#dayScores]) sums.clearFuture(nowMs);
    for (const integration of this.#byName.values()) {
      integration.lastUsedMs = Math.min(integration.lastUsedMs, nowMs);
      integration.lastSuccessMs = Math.min(integration.lastSuccessMs, nowMs);
    }
  }

  /** A new one; undefined where there are too many already. */
  #begin(name: string, lastUsedMs: number, countedSinceMs = lastUsedMs): Integration | undefined {
    if (this.#byName.size >= this.#limit) return undefined;
    const integration: Integration = {
      name,
      row: this.#freeRows.pop() ?? this.#byRow.length,
      lastUsedMs,
      lastSuccessMs: Number.NEGATIVE_INFINITY,
      failuresRunning: 0,
      countedSinceMs,
      requestsTotal: 0,
      failuresTotal: 0,
    };
    this.#byName.set(name, integration);
    this.#byRow[integration.row] = integration;
    this.#names = undefined;
    return integration;
  }

  #forget({ name, row }: Integration): void {
    this.#byName.delete(name);
    this.#byRow[row] = undefined;
    this.#freeRows.push(row);
    for (const sums of [this.#window, this.#hourScores, this.#dayScores]) sums.clear(row);
    this.#names = undefined;
    this.#onChange(row);
  }

  #figuresOf({ name, row, failuresRunning }: Integration, nowMs: number) {
    const requests = this.#window.sum(row, count, nowMs);
    const errorRatio = requests > 0 ? this.#window.sum(row, failed, nowMs) / requests : null;
    const meanDurationMs = requests > 0 ? this.#window.sum(row, durationSum, nowMs) / requests : null;
    const slowAboveMs =
      this.#slowAboveMs.get(name) ?? (modelProviders.has(name) ? modelSlowAboveMs : defaultSlowAboveMs);
    const status = integrationStatus({ errorRatio, meanDurationMs, failuresRunning, slowAboveMs });
    return { status, requests, errorRatio, meanDurationMs, slowAboveMs };
  }
}

function meanOf(scores: SlidingSums, row: number, nowMs: number): number | null {
  const counted = scores.sum(row, samples, nowMs);
  return counted > 0 ? scores.sum(row, scoreSum, nowMs) / counted : null;
}
