/**
 * What a call of the SDK costs beside what a user would write instead: `Counter.add` of the OpenTelemetry SDK with
 * three attributes, prom-client's `inc` with three labels, and a bare `Histogram.record`. One run, side by side; a
 * MeterProvider is registered, so that the SDK's calls are those of a process that exports.
 *
 *     node --conditions=@agent-vitals/source bench/sdk-calls.ts
 */
import { type Agent, registerAgent } from '@agent-vitals/sdk';
import { metrics } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import prom from 'prom-client';

const rounds = 41;
const roundMs = 20;

interface Candidate {
  readonly name: string;
  readonly callsPerRun: number;
  run(): void;
  readonly nanoseconds: number[];
}

function candidate(name: string, callsPerRun: number, run: () => void): Candidate {
  return { name, callsPerRun, run, nanoseconds: [] };
}

/** Rounds take turns, so that a slow moment of the machine hits all alike. */
function measure(candidates: readonly Candidate[]): void {
  for (let round = 0; round <= rounds; round++) {
    for (const { run, callsPerRun, nanoseconds } of candidates) {
      let runs = 0;
      const startedAt = process.hrtime.bigint();
      const endAt = startedAt + BigInt(roundMs * 1e6);
      let now = startedAt;
      while (now < endAt) {
        for (let index = 0; index < 200; index++) run();
        runs += 200;
        now = process.hrtime.bigint();
      }
      // The first round warms up.
      if (round > 0) nanoseconds.push(Number(now - startedAt) / (runs * callsPerRun));
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!;
}

function exporter() {
  return {
    export: (_metrics: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

const reader = new PeriodicExportingMetricReader({ exporter: exporter(), exportIntervalMillis: 3_600_000 });
const provider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(provider);
const meter = provider.getMeter('bench');

const otelCounter = meter.createCounter('bench.counter');
const otelHistogram = meter.createHistogram('bench.histogram', { unit: 's' });
const promCounter = new prom.Counter({
  name: 'bench_counter',
  help: 'Rival.',
  labelNames: ['id', 'session', 'type'],
});

const agent: Agent = registerAgent({
  id: 'writer-1',
  session: 'newsroom',
  type: 'author',
  heartbeat: 'manual',
});
const rate = {
  'vitals.agent.id': 'writer-1',
  'vitals.session.id': 'newsroom',
  'vitals.agent.type': 'author',
};
const labels = { id: 'writer-1', session: 'newsroom', type: 'author' };
const operationAttributes = {
  'vitals.agent.id': 'writer-1',
  'vitals.session.id': 'newsroom',
  'vitals.agent.type': 'author',
  'vitals.operation.name': 'draft',
};
const draft = () => 1;

const stateChange = candidate('state change', 2, () => {
  agent.busy();
  agent.idle();
});
const heartbeat = candidate('heartbeat', 1, () => agent.beat());
const progress = candidate('progress', 1, () => agent.progress());
const add = candidate('sdk-metrics Counter.add, 3 attributes', 1, () => otelCounter.add(1, rate));
const inc = candidate('prom-client inc, 3 labels', 1, () => promCounter.inc(labels, 1));
const operation = candidate('operation', 1, () => agent.operation('draft', draft));
const record = candidate('sdk-metrics Histogram.record, the same attributes', 1, () =>
  otelHistogram.record(0.001, operationAttributes),
);
/** What a state change cannot do without: seconds per state need the time of each. */
const readings = new BigInt64Array(1);
const { bigint: readClock } = process.hrtime;
const clock = candidate('the clock that a state change reads (process.hrtime.bigint)', 1, () => {
  readings[0] = readClock();
});

const candidates = [stateChange, clock, heartbeat, progress, add, inc, operation, record];
measure(candidates);

const print = (text: string) => console.log(text);
print(`node ${process.version}, medians of ${rounds} rounds of ${roundMs} ms`);
for (const { name, nanoseconds } of candidates) {
  print(`${median(nanoseconds).toFixed(1).padStart(9)} ns  ${name}`);
}
print('');
const ratio = (left: Candidate, right: Candidate) => median(left.nanoseconds) / median(right.nanoseconds);
for (const call of [stateChange, heartbeat, progress]) {
  print(
    `${call.name}: 1/${(1 / ratio(call, add)).toFixed(1)} of Counter.add (at most 1/20), ` +
      `1/${(1 / ratio(call, inc)).toFixed(1)} of prom-client inc (at most 1/5)`,
  );
}
print(`operation: ${ratio(operation, record).toFixed(2)} × Histogram.record (at most 1.5)`);
agent.stop();
await provider.shutdown();
