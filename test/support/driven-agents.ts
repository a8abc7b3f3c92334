import type { Attributes } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { onTestFinished } from 'vitest';

const states = ['idle', 'busy', 'on_call', 'waiting', 'paused', 'error', 'exhausted', 'stopped'];
const beatEveryMs = 250;
const exportEveryMs = 500;

/** What an agent tells of itself until something else is set. */
export interface DrivenAgent {
  beats: boolean;
  state: string;
  progresses: boolean;
  confidence?: number;
  queueDepth?: number;
  /** While exhausted. */
  exhaustedScope?: string;
  /** Of each operation that it finishes with each beat: true where it failed. */
  operations: readonly boolean[];
  /** Requests with each beat. */
  requests: readonly { integration: string; seconds: number; fails: boolean }[];
}

export interface Sender {
  /** Adds an agent that is idle and beats. */
  agent(id: string, fields?: Partial<DrivenAgent> & { readonly session?: string }): DrivenAgent;
  /** Of the sender's machine, from 0 to 1. */
  readonly machine: { cpu: number; memory: number };
  /** Sends nothing any more. */
  stop(): Promise<void>;
}

/**
 * Agents as anyone can write them: the official OpenTelemetry SDK with its OTLP exporter, and the names of
 * docs/conventions.md written out. A test sets what they tell; they go with it.
 *
 * @param endpoint - Of OTLP over HTTP.
 * @param host - The machine's id.
 */
export function startSender(endpoint: string, host: string): Sender {
  const exporter = new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: exportEveryMs,
    exportTimeoutMillis: exportEveryMs,
  });
  const resource = resourceFromAttributes({ 'service.name': 'driven', 'host.id': host });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter('driven-agents');
  const agents: { attributes: Attributes; agent: DrivenAgent }[] = [];
  const machine = { cpu: 0.1, memory: 0.1 };

  const gauge = (
    name: string,
    unit: string,
    read: (agent: DrivenAgent) => [number, Attributes] | undefined,
  ) =>
    meter.createObservableGauge(name, { unit }).addCallback((result) => {
      for (const { agent, attributes } of agents) {
        const [value, more] = read(agent) ?? [];
        if (value !== undefined) result.observe(value, { ...attributes, ...more });
      }
    });
  gauge('vitals.agent.heartbeat.interval', 's', () => [beatEveryMs / 1000, {}]);
  gauge('vitals.agent.confidence', '1', ({ confidence }) =>
    confidence === undefined ? undefined : [confidence, {}],
  );
  gauge('vitals.agent.queue.depth', '{item}', ({ queueDepth }) =>
    queueDepth === undefined ? undefined : [queueDepth, {}],
  );
  gauge('vitals.agent.exhausted.recovery_time', 's', ({ state, exhaustedScope }) =>
    state !== 'exhausted' || exhaustedScope === undefined
      ? undefined
      : [
          Math.round(Date.now() / 1000) + 3_600,
          {
            'vitals.exhausted.reason': 'rate_limit',
            'vitals.exhausted.scope': exhaustedScope,
            'vitals.recovery.source': 'header',
          },
        ],
  );
  meter.createObservableUpDownCounter('vitals.agent.reported.status', { unit: '1' }).addCallback((result) => {
    for (const { agent, attributes } of agents) {
      for (const state of states)
        result.observe(state === agent.state ? 1 : 0, { ...attributes, 'vitals.agent.state': state });
    }
  });
  const onMachine = (name: string, read: () => number) =>
    meter.createObservableGauge(name, { unit: '1' }).addCallback((result) => result.observe(read()));
  onMachine('system.cpu.utilization', () => machine.cpu);
  onMachine('system.memory.utilization', () => machine.memory);
  const atMost = (name: string, unit: string, value: number) =>
    meter.createObservableUpDownCounter(name, { unit }).addCallback((result) => result.observe(value));
  atMost('system.cpu.logical.count', '{cpu}', 64);
  atMost('system.memory.limit', 'By', 256e9);

  const heartbeats = meter.createCounter('vitals.agent.heartbeats', { unit: '{heartbeat}' });
  const progress = meter.createCounter('vitals.agent.progress', { unit: '{step}' });
  const operations = meter.createHistogram('vitals.agent.operation.duration', { unit: 's' });
  const requests = meter.createHistogram('vitals.integration.request.duration', { unit: 's' });
  const timer = setInterval(() => {
    for (const { agent, attributes } of agents) {
      if (!agent.beats) continue;
      heartbeats.add(1, attributes);
      if (agent.progresses) progress.add(1, attributes);
      for (const fails of agent.operations) {
        const error = fails ? { 'error.type': 'timeout' } : {};
        operations.record(0.05, { ...attributes, 'vitals.operation.name': 'answer', ...error });
      }
      for (const { integration, seconds, fails } of agent.requests) {
        const error = fails ? { 'error.type': '503' } : {};
        requests.record(seconds, { ...attributes, 'vitals.integration.name': integration, ...error });
      }
    }
  }, beatEveryMs);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    clearInterval(timer);
    stopped ??= provider.shutdown().catch(() => {});
    return stopped;
  };
  onTestFinished(stop);
  return {
    machine,
    agent: (id, { session, ...fields } = {}) => {
      const agent: DrivenAgent = {
        beats: true,
        state: 'idle',
        progresses: false,
        operations: [],
        requests: [],
        ...fields,
      };
      const inSession = session === undefined ? {} : { 'vitals.session.id': session };
      agents.push({ agent, attributes: { 'vitals.agent.id': id, ...inSession } });
      return agent;
    },
    stop,
  };
}
