import { cumulative } from '../../src/core/index.ts';
import { epochMs, type Scenario } from './observe.ts';

interface Series {
  count: number;
  sumSeconds: number;
  readonly startTimeMs: number;
}

/** An agent's histograms as it exports them: cumulative, a series for each name and error type. */
export class Operations {
  readonly #scenario: Scenario;
  readonly #series = new Map<string, Series>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** So many operations of an agent finished now, each of which took so long. */
  finish(agent: string, count: number, durationMs = 100, { name = 'answer', errorType = '' } = {}): this {
    this.#add('operationDuration', agent, count, durationMs, errorType, { operation: name });
    return this;
  }

  fail(
    agent: string,
    count: number,
    durationMs = 100,
    { name = 'answer', errorType = 'timeout' } = {},
  ): this {
    return this.finish(agent, count, durationMs, { name, errorType });
  }

  /** So many requests to something outside ended now. */
  call(agent: string, integration: string, count: number, durationMs = 100, errorType = ''): this {
    this.#add('integrationRequestDuration', agent, count, durationMs, errorType, { integration });
    return this;
  }

  #add(
    signal: 'operationDuration' | 'integrationRequestDuration',
    agent: string,
    count: number,
    durationMs: number,
    errorType: string,
    names: { operation?: string; integration?: string },
  ): void {
    const timeMs = epochMs + this.#scenario.nowMs;
    const key = JSON.stringify([signal, agent, names, errorType]);
    const series = this.#series.get(key) ?? { count: 0, sumSeconds: 0, startTimeMs: timeMs };
    this.#series.set(key, series);
    series.count += count;
    series.sumSeconds += (count * durationMs) / 1000;
    this.#scenario.apply(agent, {
      signal,
      temporality: cumulative,
      errorType,
      ...names,
      count: series.count,
      value: series.sumSeconds,
      startTimeMs: series.startTimeMs,
      timeMs,
    });
  }
}
