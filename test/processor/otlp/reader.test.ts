import { describe, expect, it } from 'vitest';
import { OtlpReader, type OtlpSignal, type Tally } from '../../../src/processor/otlp/index.ts';
import {
  type Attributes,
  encodeOtlp,
  gaugeMetric,
  histogramMetric,
  type JsonObject,
  keyValues,
  metricsRequest,
  numberPoint,
  otlp,
  sumMetric,
} from '../../support/otlp.ts';
import { type Recorded, Recorder } from './recorded.ts';

const types = { metrics: otlp.metricsRequest, traces: otlp.tracesRequest, logs: otlp.logsRequest };
const reader = new OtlpReader();

interface Outcome {
  observed: Recorded[];
  tally: Tally;
}

function readBytes(signal: OtlpSignal, body: Buffer, by = reader): Outcome {
  const recorder = new Recorder();
  const tally = by.read(signal, 'protobuf', body, 'test', recorder);
  return { observed: recorder.observed, tally };
}

function read(signal: OtlpSignal, request: JsonObject, by = reader): Outcome {
  return readBytes(signal, encodeOtlp(types[signal], request), by);
}

function readJson(signal: OtlpSignal, text: string): Outcome {
  const recorder = new Recorder();
  const tally = reader.read(signal, 'json', Buffer.from(text), 'test', recorder);
  return { observed: recorder.observed, tally };
}

function heartbeats(attributes: Attributes = {}): JsonObject {
  return sumMetric('vitals.agent.heartbeats', [numberPoint(3, { attributes })]);
}

const agent = { 'vitals.agent.id': 'crawler-7' };

describe('an agent is known', () => {
  const cases: [why: string, resource: Attributes, point: Attributes, id: string | undefined][] = [
    ['by its id on the point', {}, agent, 'crawler-7'],
    ['by its id on the resource', agent, {}, 'crawler-7'],
    ['by the point before the resource', { 'vitals.agent.id': 'other' }, agent, 'crawler-7'],
    ['by its own id before that of GenAI', {}, { 'gen_ai.agent.id': 'asst_1', ...agent }, 'crawler-7'],
    ['by that of GenAI', { 'service.name': 'shop' }, { 'gen_ai.agent.id': 'asst_1' }, 'asst_1'],
    [
      "by the point's, of either kind, before the resource's",
      agent,
      { 'gen_ai.agent.id': 'asst_1' },
      'asst_1',
    ],
    ['by a Prometheus label', {}, { vitals_agent_id: 'crawler-7' }, 'crawler-7'],
    [
      'by namespace, service and host',
      { 'service.namespace': 'shop', 'service.name': 'bot', 'host.name': 'h1' },
      {},
      'shop/bot@h1',
    ],
    ['by service and host', { 'service.name': 'bot', 'host.name': 'h1' }, {}, 'bot@h1'],
    ['by service and namespace', { 'service.name': 'bot', 'service.namespace': 'shop' }, {}, 'shop/bot'],
    ['by service alone', { 'service.name': 'bot' }, {}, 'bot'],
    ['by parts on both', { 'service.name': 'bot', 'host.name': 'h1' }, { service_name: 'label' }, 'label@h1'],
    ['by its own id before the service on the point', agent, { service_name: 'label' }, 'crawler-7'],
    ['by the resource where the point has an empty id', agent, { 'vitals.agent.id': '' }, 'crawler-7'],
    [
      'never by the id of an instance',
      { 'service.instance.id': '627cc493-f310-47de-96bd-71410b7dec09', 'service.name': 'bot' },
      {},
      'bot',
    ],
    ['not by a host', { 'host.name': 'h1', 'service.namespace': 'shop' }, {}, undefined],
  ];

  it.each(cases)('%s', (_, resource, point, id) => {
    const { observed, tally } = read('metrics', metricsRequest(resource, [heartbeats(point)]));
    expect(observed.map((observation) => observation.id)).toEqual(id === undefined ? [] : [id]);
    expect(Object.fromEntries(tally.rejectedBy)).toEqual(id === undefined ? { id_missing: 1 } : {});
  });

  it('with an id of 256 bytes, and rejected, never cut, with one of 257', () => {
    const [fits, tooLong] = [`é${'x'.repeat(254)}`, `é${'x'.repeat(255)}`];
    const { observed, tally } = read(
      'metrics',
      metricsRequest({}, [
        sumMetric(
          'vitals.agent.heartbeats',
          [fits, tooLong].map((id) => numberPoint(1, { attributes: { 'vitals.agent.id': id } })),
        ),
        heartbeats({ ...agent, 'vitals.session.id': tooLong }),
        heartbeats({ 'service.name': 'x'.repeat(200), 'host.name': 'y'.repeat(56) }),
      ]),
    );
    expect(observed.map(({ id }) => id)).toEqual([fits]);
    expect(Object.fromEntries(tally.rejectedBy)).toEqual({ id_too_long: 3 });
    expect(tally.explain()).toBe('Rejected 3 of 4: 3 × an id over 256 bytes.');
  });

  it('not by an id that is not UTF-8, which would read like another', () => {
    const body = encodeOtlp(types.metrics, metricsRequest({}, [heartbeats({ 'vitals.agent.id': 'bot-##' })]));
    body[body.indexOf('##')] = 0xff;
    const { observed, tally } = readBytes('metrics', body);
    expect(observed).toEqual([]);
    expect(Object.fromEntries(tally.rejectedBy)).toEqual({ id_invalid: 1 });
  });

  it('not by half a character, which JSON can write', () => {
    const request = JSON.stringify(metricsRequest({}, [heartbeats({ 'vitals.agent.id': 'bot-\ud83e' })]));
    const { observed, tally } = readJson('metrics', request);
    expect(observed).toEqual([]);
    expect(Object.fromEntries(tally.rejectedBy)).toEqual({ id_invalid: 1 });
  });

  it('not by a number', () => {
    const { observed, tally } = read('metrics', metricsRequest({}, [heartbeats({ 'vitals.agent.id': 7 })]));
    expect(observed).toEqual([]);
    expect(Object.fromEntries(tally.rejectedBy)).toEqual({ id_invalid: 1 });
  });
});

describe('an agent is introduced', () => {
  const cpu = gaugeMetric('process.cpu.utilization', [numberPoint(0.5)]);
  const cases: [why: string, resource: Attributes, metric: JsonObject, introduces: boolean[]][] = [
    ['by its own id, whatever the metric', agent, cpu, [true]],
    [
      "by a metric of the contract's, though known by its service alone",
      { 'service.name': 'bot' },
      heartbeats(),
      [true],
    ],
    ["not by a service's other metrics", { 'service.name': 'bot' }, cpu, [false]],
    ['not at all by metrics of nobody', {}, cpu, []],
  ];

  it.each(cases)('%s', (_, resource, metric, introduces) => {
    const { observed, tally } = read('metrics', metricsRequest(resource, [metric]));
    expect(observed.map((observation) => observation.introduces)).toEqual(introduces);
    expect(tally.rejected).toBe(0);
  });

  it("by metrics that aren't the contract's once a request", () => {
    const own = (id: string) => numberPoint(1, { attributes: { 'gen_ai.agent.id': id }, timeMs: 5_000 });
    const { observed, tally } = read(
      'metrics',
      metricsRequest({ ...agent, 'vitals.session.id': 's1' }, [
        gaugeMetric('gen_ai.client.token.usage', [numberPoint(1), numberPoint(2), own('a'), own('b')]),
        gaugeMetric('http.server.active_requests', [numberPoint(1), own('a')]),
      ]),
    );
    expect(observed.map(({ signal, id, session, timeMs }) => [signal, id, session, timeMs])).toEqual([
      ['seen', 'crawler-7', 's1', 0],
      ['seen', 'a', 's1', 5_000],
      ['seen', 'b', 's1', 5_000],
    ]);
    expect(tally.items).toBe(6);
  });

  it('not by a mark that a series has ended', () => {
    const stale = numberPoint(1, { flags: 1 });
    expect(read('metrics', metricsRequest(agent, [gaugeMetric('up', [stale])])).observed).toEqual([]);
  });

  it('by ten thousand ids of one request, each once', () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `agent-${i % 5_000}`);
    const points = ids.map((id) => numberPoint(1, { attributes: { 'vitals.agent.id': id } }));
    const { observed } = read('metrics', metricsRequest({}, [gaugeMetric('up', points)]));
    expect(observed).toHaveLength(5_000);
    expect(new Set(observed.map(({ id }) => id)).size).toBe(5_000);
  });
});

describe('what comes first', () => {
  const metrics = [
    heartbeats(),
    sumMetric('vitals.agent.progress', [numberPoint(1)]),
    gaugeMetric('up', [numberPoint(1)]),
    gaugeMetric('vitals.agent.exhausted.recovery_time', [numberPoint(1)]),
    histogramMetric('vitals.agent.operation.duration', [{ count: '1', sum: 1 }]),
    gaugeMetric('vitals.agent.heartbeat.interval', [numberPoint(10)]),
    sumMetric('vitals.agent.reported.status', [
      numberPoint(1, { attributes: { 'vitals.agent.state': 'busy' } }),
    ]),
    gaugeMetric('vitals.agent.lease.expiry', [numberPoint(1)]),
    gaugeMetric('vitals.agent.info', [numberPoint(1)]),
  ];
  const order = [
    'exhaustedRecoveryTime',
    'heartbeatInterval',
    'reportedStatus',
    'leaseExpiry',
    'info',
    'heartbeats',
    'progress',
    'seen',
    'operationDuration',
  ];

  it('is what the agent says of itself, then its signs of life', () => {
    const { observed } = read('metrics', metricsRequest(agent, metrics));
    expect(observed.map(({ signal }) => signal)).toEqual(order);
    expect(observed.map(({ state }) => state).filter((state) => state !== '')).toEqual(['busy']);
  });

  it('also in a resource with more metrics than are noted', () => {
    const padding = Array.from({ length: 300 }, (_, i) => gaugeMetric(`other.${i}`, [numberPoint(1)]));
    const { observed } = read('metrics', metricsRequest(agent, [...padding, ...metrics]));
    const ofContract = observed.map(({ signal }) => signal).filter((signal) => signal !== 'seen');
    expect(ofContract).toEqual(order.filter((signal) => signal !== 'seen'));
  });
});

describe('a point is rejected, and counted', () => {
  const cases: [reason: string, metric: JsonObject][] = [
    ['overflow', heartbeats({ 'otel.metric.overflow': true })],
    ['overflow', heartbeats({ otel_metric_overflow: 'true' })],
    ['temporality_unspecified', sumMetric('vitals.agent.heartbeats', [numberPoint(1)], 0)],
    [
      'temporality_unspecified',
      histogramMetric('vitals.agent.operation.duration', [{ count: '1', sum: 1 }], 0),
    ],
    ['type_mismatch', gaugeMetric('vitals.agent.operation.duration', [numberPoint(1)])],
    ['type_mismatch', histogramMetric('vitals.agent.heartbeats', [{ count: '1', sum: 1 }])],
    ['type_mismatch', { name: 'vitals.agent.heartbeats', summary: { dataPoints: [{ count: '1', sum: 1 }] } }],
    ['value_missing', gaugeMetric('vitals.agent.confidence', [{ timeUnixNano: '1' }])],
    ['value_not_finite', gaugeMetric('vitals.agent.confidence', [{ asDouble: 'NaN' }])],
    ['value_not_finite', gaugeMetric('vitals.agent.confidence', [{ asDouble: 'Infinity' }])],
  ];

  it.each(cases)('as %s', (reason, metric) => {
    const { observed, tally } = read('metrics', metricsRequest(agent, [metric, heartbeats()]));
    expect(observed.map(({ signal }) => signal)).toEqual(['heartbeats']);
    expect(Object.fromEntries(tally.rejectedBy)).toEqual({ [reason]: 1 });
    expect([tally.items, tally.rejected]).toEqual([2, 1]);
  });
});

describe('figures of a host', () => {
  const memory = (state: string, value: number) =>
    gaugeMetric('system.memory.utilization', [numberPoint(value, { attributes: { state } })]);
  const cpu = (...points: [Attributes, number][]) =>
    gaugeMetric(
      'system.cpu.utilization',
      points.map(([attributes, value]) => numberPoint(value, { attributes })),
    );
  const cases: [why: string, metric: JsonObject, values: number[]][] = [
    ['stand for the whole without dimensions', cpu([{}, 0.25]), [0.25]],
    ['are the used memory', memory('used', 0.6), [0.6]],
    ['are no other memory', memory('free', 0.6), []],
    [
      'are what idle leaves of the CPU',
      cpu([{ 'cpu.mode': 'idle' }, 0.75], [{ 'cpu.mode': 'user' }, 0.2]),
      [0.25],
    ],
    [
      'are the mean over the CPUs',
      cpu(
        [{ cpu: 'cpu0', state: 'idle' }, 0.5],
        [{ cpu: 'cpu0', state: 'user' }, 0.5],
        [{ cpu: 'cpu1', state: 'idle' }, 1],
      ),
      [0.25],
    ],
    ['are not the part of one CPU', cpu([{ cpu: 'cpu0' }, 0.5]), []],
  ];

  it.each(cases)('%s', (_, metric, values) => {
    const { observed } = read('metrics', metricsRequest({ 'host.name': 'h1' }, [metric]));
    expect(observed.map(({ value }) => value)).toEqual(values);
    for (const { id, host, introduces } of observed)
      expect([id, host, introduces]).toEqual(['', 'h1', false]);
  });
});

describe('what an observation says', () => {
  it('is all that the point says', () => {
    const attributes = {
      ...agent,
      'vitals.session.id': 'night',
      'vitals.agent.type': 'crawler',
      'host.id': 'machine-1',
      'vitals.operation.name': 'fetch',
      'error.type': 'timeout',
    };
    const point = {
      attributes: keyValues(attributes),
      startTimeUnixNano: '1790000000000250000',
      timeUnixNano: '1790000060000250000',
      count: '9007199254740992',
      sum: 2.5,
      flags: 0,
    };
    const request = metricsRequest({}, [
      {
        name: 'vitals_agent_operation_duration_seconds',
        exponentialHistogram: { dataPoints: [point], aggregationTemporality: 1 },
      },
    ]);
    expect(read('metrics', request).observed).toMatchObject([
      {
        signal: 'operationDuration',
        temporality: 1,
        id: 'crawler-7',
        session: 'night',
        type: 'crawler',
        host: 'machine-1',
        pipeline: 'test',
        startTimeMs: 1_790_000_000_000.25,
        timeMs: 1_790_000_060_000.25,
        value: 2.5,
        count: 2 ** 53,
        operation: 'fetch',
        errorType: 'timeout',
        noRecordedValue: false,
      },
    ]);
  });

  it('has no value where the point says that there is none', () => {
    const stale = { ...numberPoint(0, { flags: 1 }), asDouble: 'NaN', asInt: null };
    const { observed } = read(
      'metrics',
      metricsRequest(agent, [gaugeMetric('vitals.agent.confidence', [stale])]),
    );
    expect(observed).toMatchObject([{ signal: 'confidence', noRecordedValue: true, value: 0 }]);
  });

  it('has facts of the agent from its point and its resource', () => {
    const request = metricsRequest(
      { ...agent, 'process.pid': 77, 'host.id': 'm1', 'gen_ai.agent.name': 'R' },
      [
        gaugeMetric('vitals.agent.info', [
          numberPoint(1, { attributes: { 'gen_ai.agent.name': 'P', 'vitals.agent.peers': ['a', '', 'b'] } }),
        ]),
        heartbeats(),
      ],
    );
    const [info, beat] = read('metrics', request).observed;
    expect(info?.info).toEqual({
      name: 'P',
      description: null,
      version: null,
      kind: null,
      peers: ['a', 'b'],
      payloadClass: null,
      location: null,
      sessionName: null,
      processId: 77,
      hostId: 'm1',
    });
    expect(beat?.info).toBeNull();
  });

  it('has lists of a bounded length, cut and counted', () => {
    const peers = Array.from({ length: 300 }, (_, i) => `peer-${i}`);
    const point = numberPoint(1, { attributes: { 'vitals.agent.peers': peers } });
    const { observed, tally } = read(
      'metrics',
      metricsRequest(agent, [gaugeMetric('vitals.agent.info', [point])]),
    );
    expect(observed[0]?.info?.peers).toEqual(peers.slice(0, 256));
    expect(tally.cut).toBe(1);
  });

  it('has values cut between characters, and counted', () => {
    const short = new OtlpReader({ maxTextBytes: 8 });
    const operation = { 'vitals.operation.name': 'Größe: ü', 'error.type': 'timeout!' };
    const request = metricsRequest(agent, [
      sumMetric('vitals.agent.operation.active', [numberPoint(1, { attributes: operation })]),
    ]);
    const { observed, tally } = read('metrics', request, short);
    expect(observed).toMatchObject([{ operation: 'Größe:', errorType: 'timeout!' }]);
    expect(tally.cut).toBe(1);
    expect(tally.explain()).toBe('Cut 1 attribute values that were too long.');
  });

  it('keeps nothing of the point before', () => {
    const { observed } = read(
      'metrics',
      metricsRequest({}, [
        sumMetric('vitals.agent.messages', [
          numberPoint(1, {
            attributes: { ...agent, 'vitals.session.id': 's', 'vitals.message.direction': 'sent' },
          }),
          numberPoint(2, { attributes: { 'vitals.agent.id': 'other' } }),
        ]),
      ]),
    );
    expect(observed).toMatchObject([
      { id: 'crawler-7', session: 's', direction: 'sent' },
      { id: 'other', session: '', direction: '' },
    ]);
  });
});

describe('log events and spans', () => {
  const resource = { resource: { attributes: keyValues(agent) } };
  const event = {
    'vitals.agent.state': 'error',
    'vitals.state.reason': 'tool',
    'exception.message': 'no',
    'vitals.thread.id': 't1',
  };
  const logs = (...logRecords: JsonObject[]) => ({
    resourceLogs: [{ ...resource, scopeLogs: [{ logRecords }] }],
  });

  it.each([
    ['by their field', { eventName: 'vitals.agent.state_changed', attributes: keyValues(event) }],
    [
      'by their attribute',
      { attributes: keyValues({ ...event, 'event.name': 'vitals.agent.state_changed' }) },
    ],
  ])('tell of a change of state, known %s', (_, record) => {
    const { observed } = read('logs', logs({ ...record, observedTimeUnixNano: '1790000000000000000' }));
    expect(observed).toMatchObject([
      {
        signal: 'stateChanged',
        id: 'crawler-7',
        state: 'error',
        reason: 'tool',
        message: 'no',
        thread: 't1',
        timeMs: 1_790_000_000_000,
      },
    ]);
  });

  it('tell that an agent is there, once a request', () => {
    const { observed, tally } = read('logs', logs({ body: { stringValue: 'hi' } }, { eventName: 'other' }));
    expect(observed).toMatchObject([{ signal: 'seen', id: 'crawler-7', introduces: true }]);
    expect(tally.items).toBe(2);
  });

  it('tell nothing of a plain service', () => {
    const service = { attributes: keyValues({ 'service.name': 'shop' }) };
    const spans = { resourceSpans: [{ resource: service, scopeSpans: [{ spans: [{ name: 'GET' }] }] }] };
    expect(read('traces', spans).observed).toEqual([]);
  });

  it('tell of the agent of a span', () => {
    const attributes = keyValues({ 'gen_ai.agent.id': 'asst_1', 'vitals.session.id': 's' });
    const span = { name: 'chat', startTimeUnixNano: '1000000', endTimeUnixNano: '3000000', attributes };
    const { observed } = read('traces', { resourceSpans: [{ scopeSpans: [{ spans: [span, span] }] }] });
    expect(observed).toMatchObject([
      { signal: 'seen', id: 'asst_1', session: 's', startTimeMs: 1, timeMs: 3 },
    ]);
  });
});
