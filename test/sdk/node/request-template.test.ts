import { metrics, operationDurationBoundaries, reportedStates } from '@agent-vitals/contract';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import * as sdkMetrics from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentEntry } from '../../../src/sdk/node/agent-entry.ts';
import { DeltaBaselines } from '../../../src/sdk/node/delta-baselines.ts';
import { metricData } from '../../../src/sdk/node/metric-data.ts';
import { encodeAttributes } from '../../../src/sdk/node/protobuf.ts';
import { RequestTemplate, type Temporality } from '../../../src/sdk/node/request-template.ts';
import { PlainReadings } from './readings.ts';
import { decodeMetrics, type NumberPoint, pointsOf } from './receiver.ts';

const scope = { name: 'agent-vitals', version: '1.2.3' };
const cumulative: Temporality = { counters: 'cumulative', durations: 'cumulative' };
const resource = { 'service.name': 'test', 'process.pid': 12, zone: ['a', 'b'], ratio: 0.5, ok: true };
const time = 1_700_000_060_123_000_000n;

function fail(error: unknown): never {
  throw error;
}

function newTemplate(temporality = cumulative): RequestTemplate {
  return new RequestTemplate(scope, temporality, new DeltaBaselines());
}

function bytesOf(template: RequestTemplate, entries: AgentEntry[], at = time): Uint8Array {
  template.fill(entries, at, fail);
  return template.toBytes(encodeAttributes(1, resource), 'https://opentelemetry.io/schemas/1.30.0');
}

/** An agent that has something to say in every metric. */
function talkative(id: string): { readings: PlainReadings; entry: AgentEntry } {
  const readings = new PlainReadings(id);
  Object.assign(readings, {
    state: 'exhausted',
    exhausted: { reason: 'billing', scope: 'acme', recoveryAtSeconds: 1_700_001_000, source: 'header' },
    leaseExpirySeconds: 1_700_002_000,
    progress: 5,
    confidence: 0.75,
    queue: 0,
    messagesSent: 2,
    messagesReceived: 3,
    resources: {
      processCpuUtilization: 0.1,
      processMemoryUsageBytes: 2 ** 34,
      processThreadCount: 11,
      processFileDescriptorCount: 20,
      eventLoopUtilization: 0.2,
      systemCpuUtilization: 0.3,
      systemCpuLogicalCount: 2,
      systemMemoryUtilization: 0.4,
      systemMemoryLimitBytes: 2 ** 35,
    },
  });
  readings.seconds.busy = 12.5;
  readings.activeOperations.set('draft', 1);
  const entry = new AgentEntry(readings, 1_700_000_001_000);
  entry.operation('draft', 0.01, undefined);
  entry.operation('draft', 0.011, undefined);
  entry.operation('draft', 1e6, 'TimeoutError');
  entry.integration('search', 0, undefined);
  return { readings, entry };
}

/** Points without the order in which metrics and series come. */
function sorted(points: readonly NumberPoint[]): string[] {
  return points
    .map((point) => ({ ...point, attributes: Object.entries(point.attributes).sort() }))
    .map((point) => JSON.stringify(point, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)))
    .sort();
}

describe('RequestTemplate', () => {
  it('writes what the stock serializer writes of the same agents', () => {
    const entries = [talkative('a').entry, talkative('b').entry, new AgentEntry(new PlainReadings('c'), 0)];
    const stock = ProtobufMetricsSerializer.serializeRequest({
      resource: resourceFromAttributes(resource),
      scopeMetrics: [{ scope, metrics: metricData(entries, time, sdkMetrics, fail) }],
    });
    const ours = decodeMetrics(bytesOf(newTemplate(), entries));
    const theirs = decodeMetrics(stock ?? new Uint8Array(0));
    expect(ours.resource).toEqual(theirs.resource);
    expect(ours.scopes).toEqual(['agent-vitals']);
    // A gauge has no beginning: the stock serializer writes one nevertheless.
    const withoutStart = theirs.points.map((point) =>
      point.kind === 'gauge' ? { ...point, startNanos: 0n } : point,
    );
    expect(sorted(ours.points)).toEqual(sorted(withoutStart));
  });

  it('emits every metric of the contract, with its instrument and unit', () => {
    const { points } = decodeMetrics(bytesOf(newTemplate(), [talkative('a').entry]));
    const agentMetrics = Object.values(metrics).filter(({ emitter }) => emitter === 'agent');
    expect(new Set(points.map(({ metric }) => metric))).toEqual(
      new Set(agentMetrics.map(({ name }) => name)),
    );
    for (const definition of agentMetrics) {
      const [point] = points.filter(({ metric }) => metric === definition.name);
      const kind = { Gauge: 'gauge', Histogram: 'histogram', Counter: 'sum', UpDownCounter: 'sum' } as const;
      expect(point).toMatchObject({
        kind: kind[definition.instrument],
        unit: definition.unit,
        monotonic: definition.instrument === 'Counter',
        temporality: definition.instrument === 'Gauge' ? 0 : 2,
      });
    }
  });

  it('puts identity on every point, and status and recovery before heartbeats', () => {
    const { points } = decodeMetrics(bytesOf(newTemplate(), [talkative('a').entry, talkative('b').entry]));
    for (const { attributes } of points) {
      expect(attributes).toMatchObject({ 'vitals.session.id': 'session', 'vitals.agent.type': 'type' });
      expect(['a', 'b']).toContain(attributes['vitals.agent.id']);
    }
    const order = [...new Set(points.map(({ metric }) => metric))];
    expect(order.slice(0, 3)).toEqual([
      'vitals.agent.reported.status',
      'vitals.agent.exhausted.recovery_time',
      'vitals.agent.heartbeats',
    ]);
  });

  it('says every state, 1 for the current one and 0 for the others', () => {
    const status = pointsOf(
      decodeMetrics(bytesOf(newTemplate(), [talkative('a').entry])),
      'vitals.agent.reported.status',
    );
    expect(status.map(({ attributes, value }) => [attributes['vitals.agent.state'], value])).toEqual(
      reportedStates.map((state) => [state, state === 'exhausted' ? 1 : 0]),
    );
  });

  it("counts durations in the contract's buckets, a boundary in the bucket below it", () => {
    const durations = pointsOf(
      decodeMetrics(bytesOf(newTemplate(), [talkative('a').entry])),
      'vitals.agent.operation.duration',
    );
    expect(durations.map(({ attributes, value, sum }) => [attributes['error.type'], value, sum])).toEqual([
      [undefined, 2, 0.01 + 0.011],
      ['TimeoutError', 1, 1e6],
    ]);
    expect(durations[0]?.bounds).toEqual(operationDurationBoundaries);
    expect(durations[0]?.buckets).toEqual([1, 1, ...Array(15).fill(0)]);
    expect(durations[1]?.buckets).toEqual([...Array(16).fill(0), 1]);
  });

  it('leaves nothing behind of what was there before, whatever changed', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const change = fc.record({
      agent: fc.nat(4),
      act: fc.constantFrom(
        'join',
        'leave',
        'beat',
        'lease',
        'noLease',
        'operate',
        'state',
        'exhaust',
        'recover',
      ),
      name: fc.constantFrom('x', 'y'.repeat(300), 'é😀'),
    });
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 12 }), (turns) => {
        const template = newTemplate();
        const pool = ids.map((id) => new AgentEntry(new PlainReadings(id), 1_700_000_000_000));
        const present = new Set<AgentEntry>();
        turns.forEach((turn, index) => {
          for (const { agent, act, name } of turn) {
            const entry = pool[agent]!;
            const readings = entry.agent as PlainReadings;
            if (act === 'join') present.add(entry);
            if (act === 'leave') present.delete(entry);
            if (act === 'beat') readings.heartbeats++;
            if (act === 'lease') readings.leaseExpirySeconds = index;
            if (act === 'noLease') readings.leaseExpirySeconds = undefined;
            if (act === 'operate') entry.operation(name, index, index % 2 === 0 ? undefined : name);
            if (act === 'state') readings.state = 'busy';
            if (act === 'exhaust')
              readings.exhausted = {
                reason: 'billing',
                scope: name,
                recoveryAtSeconds: index,
                source: 'header',
              };
            if (act === 'recover') readings.exhausted = undefined;
          }
          const at = time + BigInt(index);
          const kept = bytesOf(template, [...present], at);
          const fresh = bytesOf(newTemplate(), [...present], at);
          expect(Buffer.from(kept).equals(Buffer.from(fresh))).toBe(true);
          decodeMetrics(kept);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is as short as a new one when agents have left', () => {
    const template = newTemplate();
    const many = Array.from({ length: 500 }, (_, index) => talkative(`agent-${index}`).entry);
    const large = bytesOf(template, many);
    expect(large.length).toBeGreaterThan(1_000_000);
    const one = bytesOf(template, many.slice(0, 1));
    expect(one.length).toBeLessThan(10_000);
    expect(bytesOf(template, [])).toHaveLength(bytesOf(newTemplate(), []).length);
  });

  it('reads the other agents when one cannot be read, and says so', () => {
    const broken = new PlainReadings('broken');
    broken.queueDepth = () => {
      throw new Error('of the author');
    };
    const errors: unknown[] = [];
    const template = newTemplate();
    template.fill([new AgentEntry(broken, 0), talkative('fine').entry], time, (error) => errors.push(error));
    const { points } = decodeMetrics(template.toBytes(new Uint8Array(0), ''));
    expect(pointsOf({ resource: {}, scopes: [], points }, 'vitals.agent.queue.depth')).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });
});

describe('RequestTemplate with delta temporality', () => {
  const delta: Temporality = { counters: 'delta', durations: 'delta' };
  const read = (template: RequestTemplate) => decodeMetrics(template.toBytes(new Uint8Array(0), ''));

  it('sends increases since the last request that arrived', () => {
    const { readings, entry } = talkative('a');
    const template = newTemplate(delta);
    readings.heartbeats = 3;

    template.fill([entry], time, fail);
    const first = pointsOf(read(template), 'vitals.agent.heartbeats')[0];
    expect(first).toMatchObject({ value: 3, temporality: 1, startNanos: entry.startNanos });

    readings.heartbeats = 5;
    const second = template.fill([entry], time + 1n, fail);
    expect(pointsOf(read(template), 'vitals.agent.heartbeats')[0]?.value).toBe(5); // the first never arrived
    second();

    readings.heartbeats = 6;
    template.fill([entry], time + 2n, fail)();
    const third = pointsOf(read(template), 'vitals.agent.heartbeats')[0];
    expect(third).toMatchObject({ value: 1, startNanos: time + 1n });
  });

  it('sends durations only when there are new ones, and gauges and states as they are', () => {
    const { readings, entry } = talkative('a');
    const template = newTemplate(delta);
    template.fill([entry], time, fail)();
    entry.operation('draft', 0.015, undefined);
    readings.progress = 6;
    template.fill([entry], time + 1n, fail)();
    const { points } = read(template);
    const durations = points.filter(({ metric }) => metric === 'vitals.agent.operation.duration');
    expect(durations).toHaveLength(1);
    expect(durations[0]).toMatchObject({ value: 1, temporality: 1, startNanos: time });
    expect(durations[0]?.sum).toBeCloseTo(0.015, 12);
    expect(durations[0]?.buckets.slice(0, 3)).toEqual([0, 1, 0]);
    expect(points.find(({ metric }) => metric === 'vitals.agent.progress')?.value).toBe(1);
    expect(points.find(({ metric }) => metric === 'vitals.agent.confidence')?.value).toBe(0.75);
    expect(points.filter(({ metric }) => metric === 'vitals.agent.reported.status')).toHaveLength(8);
  });
});
