/**
 * One export of many agents in one process, from the agents' fields to the bytes of the request: our producer and
 * template against the stock path, an SDK MeterProvider with observable instruments and the stock serializer.
 * Both read the same agents, in turns, in one run. Prints medians and the ratio; asserts nothing.
 *
 *   node --conditions=@agent-vitals/source bench/sdk-export.ts [agents] [exports]
 */
import { reportedStates } from '@agent-vitals/contract';
import { metrics } from '@opentelemetry/api';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { emptyResource, resourceFromAttributes } from '@opentelemetry/resources';
import { type CollectionResult, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { ApiEmission } from '../src/sdk/api-emission.ts';
import type { AgentReadings, AgentRecorder, Emission } from '../src/sdk/emission.ts';
import { AgentProducer } from '../src/sdk/node/agent-producer.ts';
import { PushProducer } from '../src/sdk/node/agent-view.ts';
import { Flusher } from '../src/sdk/node/flusher.ts';
import { encodeAttributes } from '../src/sdk/node/protobuf.ts';

const agentCount = Number(process.argv[2] ?? 1_000);
const exportCount = Number(process.argv[3] ?? 40);
const resource = resourceFromAttributes({ 'service.name': 'bench', 'host.name': 'host' });

/** What a live agent has: its counts move from export to export. */
class BenchAgent implements AgentReadings {
  readonly id: string;
  readonly identity: AgentReadings['identity'];
  readonly info: AgentReadings['info'];
  readonly startTimeMs = Date.now();
  readonly exhausted = undefined;
  readonly heartbeatIntervalSeconds = 10;
  readonly leaseExpirySeconds = undefined;
  readonly activeOperations = new Map([['draft', 1]]);
  readonly confidence = 0.9;
  readonly messagesReceived = 0;
  readonly resources = undefined;
  heartbeats = 0;
  progress = 1;
  messagesSent = 1;
  state: AgentReadings['state'] = 'idle';

  constructor(index: number) {
    this.id = `agent-${index}`;
    this.identity = {
      'vitals.agent.id': this.id,
      'vitals.session.id': `session-${index % 20}`,
      'vitals.agent.type': 'researcher',
    };
    this.info = { ...this.identity, 'gen_ai.agent.name': `Agent ${index}`, 'process.pid': process.pid };
  }

  secondsIn(): number {
    return this.heartbeats;
  }

  queueDepth(): number {
    return this.heartbeats % 7;
  }

  live(turn: number): void {
    this.heartbeats++;
    this.progress += 3;
    this.messagesSent += 2;
    this.state = reportedStates[turn % 2]!;
  }
}

class ManualReader extends MetricReader {
  constructor(producer?: PushProducer) {
    super({
      // The stock limit of 2,000 attribute sets a metric would stop it at 250 agents.
      cardinalitySelector: () => 1_000_000,
      ...(producer === undefined ? {} : { metricProducers: [producer] }),
    });
  }

  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

interface Path {
  readonly name: string;
  readonly emission: Emission;
  exportOnce(): Promise<number>;
}

function stockPath(): Path {
  const reader = new ManualReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader], resource }));
  return {
    name: 'stock: MeterProvider, observables, ProtobufMetricsSerializer',
    emission: new ApiEmission(),
    async exportOnce() {
      const { resourceMetrics }: CollectionResult = await reader.collect();
      return ProtobufMetricsSerializer.serializeRequest(resourceMetrics)?.length ?? 0;
    },
  };
}

function ourPath(): Path {
  const scope = { name: 'agent-vitals', version: '0.1.0' };
  const producer = new PushProducer(
    scope,
    emptyResource(),
    { counters: 'cumulative', durations: 'cumulative' },
    (error) => {
      throw error;
    },
  );
  const reader = new ManualReader(producer);
  new MeterProvider({ readers: [reader], resource });
  return {
    name: 'ours: producer and template',
    emission: new AgentProducer([producer.view], new Flusher(async () => {}, 1_000)),
    async exportOnce() {
      await reader.collect();
      let bytes = 0;
      for (const request of producer.requests()) {
        bytes += request.write(encodeAttributes(1, resource.attributes), '').length;
        request.delivered();
      }
      return bytes;
    },
  };
}

function median(values: number[]): number {
  const ordered = values.toSorted((left, right) => left - right);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}

const agents = Array.from({ length: agentCount }, (_, index) => new BenchAgent(index));
const paths = [stockPath(), ourPath()].map((path) => ({
  ...path,
  recorders: agents.map((agent): AgentRecorder => path.emission.attach(agent)),
  milliseconds: [] as number[],
  bytes: 0,
}));

/** Exports before the count begins, so that what is compiled late is compiled. */
const warmUp = 10;
for (let turn = 0; turn < exportCount + warmUp; turn++) {
  for (const agent of agents) agent.live(turn);
  for (const path of paths) {
    for (const recorder of path.recorders) recorder.operation('draft', 0.02 * (turn % 5), undefined);
    const start = performance.now();
    path.bytes = await path.exportOnce();
    if (turn >= warmUp) path.milliseconds.push(performance.now() - start);
  }
}

console.log(`${agentCount} agents, ${exportCount} exports each; Node ${process.version}`);
for (const { name, milliseconds, bytes } of paths) {
  console.log(`${median(milliseconds).toFixed(3).padStart(10)} ms  ${(bytes / 1e6).toFixed(2)} MB  ${name}`);
}
const [stock, ours] = paths.map(({ milliseconds }) => median(milliseconds));
console.log(
  `ours takes ${((100 * ours!) / stock!).toFixed(1)} % of the stock path (1/${(stock! / ours!).toFixed(0)})`,
);
