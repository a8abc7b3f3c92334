import { type Agent, type AgentOptions, registerAgent } from '@agent-vitals/sdk';
import { type DiagLogger, DiagLogLevel, diag, metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { onTestFinished } from 'vitest';
import { ApiEmission } from '../../src/sdk/api-emission.ts';
import type { Clock } from '../../src/sdk/clock.ts';
import { useEmission } from '../../src/sdk/emission.ts';

/** A reader that collects when it is asked to. */
class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** As the OpenTelemetry SDK calls the instrument. */
  readonly type: string;
  readonly points: readonly DataPoint<unknown>[];
}

/** What one export of the real OpenTelemetry SDK holds. */
export interface Export {
  readonly metrics: readonly Metric[];
  readonly names: readonly string[];
  /** The points of a metric; empty where it has none. */
  points(name: string): readonly DataPoint<unknown>[];
  /** The value of the one point whose attributes include these; undefined where there is none. */
  value(name: string, attributes?: Readonly<Record<string, unknown>>): unknown;
}

export interface Collector {
  collect(): Promise<Export>;
}

/**
 * Registers a real MeterProvider for the length of a test, with an emission that has seen none before.
 *
 * @param temporality - By default cumulative.
 */
export function registerProvider(temporality = AggregationTemporality.CUMULATIVE): Collector {
  const reader = new OnDemandReader({ aggregationTemporalitySelector: () => temporality });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  onTestFinished(async () => {
    metrics.disable();
    await provider.shutdown();
  });
  return {
    async collect() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw errors[0];
      const collected = resourceMetrics.scopeMetrics
        .filter(({ scope }) => scope.name === 'agent-vitals')
        .flatMap((scope) => scope.metrics)
        .map(({ descriptor, dataPoints }) => ({
          name: descriptor.name,
          unit: descriptor.unit,
          description: descriptor.description,
          type: String((descriptor as { type?: unknown }).type),
          points: dataPoints as readonly DataPoint<unknown>[],
        }));
      const points = (name: string) => collected.find((metric) => metric.name === name)?.points ?? [];
      return {
        metrics: collected,
        names: collected.map(({ name }) => name),
        points,
        value: (name, attributes = {}) =>
          points(name).find((point) =>
            Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
          )?.value,
      };
    },
  };
}

/** An emission of the test's own, so that limits and warnings of other tests don't reach it. */
export function freshEmission(): ApiEmission {
  const emission = new ApiEmission();
  const previous = useEmission(emission);
  onTestFinished(() => void useEmission(previous));
  return emission;
}

let agentCount = 0;

/** Registers an agent for the length of a test; it beats by hand unless told otherwise. */
export function testAgent(options: AgentOptions = {}): Agent {
  const agent = registerAgent({ id: `agent-${++agentCount}`, heartbeat: 'manual', ...options });
  onTestFinished(() => agent.stop());
  return agent;
}

/** Time that stands still until told otherwise. */
export class ManualClock implements Clock {
  nowMs = Date.UTC(2026, 0, 1);
  monotonicMs = 1_000;
  now = () => this.nowMs;
  monotonic = () => this.monotonicMs;
  advance(milliseconds: number): void {
    this.nowMs += milliseconds;
    this.monotonicMs += milliseconds;
  }
}

/** What is said through OpenTelemetry's diag for the length of a test. */
export function recordDiag(): string[] {
  const said: string[] = [];
  const say = (...words: unknown[]) => void said.push(words.map(String).join(' '));
  const logger: DiagLogger = { error: say, warn: say, info: () => {}, debug: () => {}, verbose: () => {} };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  return said;
}
