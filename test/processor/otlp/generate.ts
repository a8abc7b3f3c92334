import {
  attributes as a,
  agentMetricKeys,
  metrics,
  prometheusLabel,
  prometheusName,
  prometheusNameWithoutSuffixes,
} from '@agent-vitals/contract';
import type { JsonObject } from '../../support/otlp.ts';
import type { Random } from './random.ts';

/*
 * Requests as no sane SDK would send them, in OTLP/JSON: every metric, kind, temporality and attribute, known and
 * unknown, in any combination.
 */

const texts = [
  '',
  'a',
  'ok',
  'busy',
  'idle',
  'crawler-1',
  'crawler-2',
  'séance',
  '日本',
  '🦀🦀🦀',
  'x'.repeat(65),
];
const longTexts = [
  'y'.repeat(256),
  'z'.repeat(257),
  `${'w'.repeat(255)}é`,
  '日'.repeat(90),
  `a${'🦀'.repeat(70)}`,
];
const identity = [
  a.agentId,
  a.genAiAgentId,
  a.serviceName,
  a.serviceNamespace,
  a.hostName,
  a.serviceInstanceId,
];
const membership = [a.sessionId, a.agentType];
const others = [
  ...Object.values(a),
  'http.route',
  'otel.metric.overflow',
  'state',
  'cpu',
  'cpu.mode',
  'job',
  'v',
];

function value(random: Random): JsonObject {
  switch (random.below(24)) {
    case 0:
      return { intValue: String(random.below(5000)) };
    case 1:
      return { boolValue: random.chance(0.5) };
    case 2:
      return { doubleValue: random.next() };
    case 3:
      return { arrayValue: { values: random.upTo(4, () => value(random)) } };
    case 4:
      return { kvlistValue: { values: random.upTo(2, () => keyValue(random, others)) } };
    case 5:
      return { bytesValue: 'AAEC' };
    case 6:
      return {};
    case 7:
      return { stringValue: random.pick(longTexts) };
    case 8:
      return {
        stringValue: random.pick([
          'true',
          '1234',
          '["a","b"]',
          '[broken',
          'used',
          'idle',
          '99999999999999999999',
        ]),
      };
    default:
      return { stringValue: random.pick(texts) };
  }
}

function keyValue(random: Random, names: readonly string[]): JsonObject {
  const name = random.pick(names);
  const key = random.chance(0.2) ? prometheusLabel(name) : name;
  return random.chance(0.02) ? { key } : { key, value: value(random) };
}

function attributes(random: Random): JsonObject[] {
  return [
    ...random.upTo(2, () => keyValue(random, identity)),
    ...random.upTo(2, () => keyValue(random, membership)),
    ...random.upTo(3, () => keyValue(random, others)),
  ];
}

function time(random: Random): string {
  return random.chance(0.1)
    ? '0'
    : String(1_790_000_000_000_000_000n + BigInt(random.below(2 ** 31)) * 1_000_003n);
}

function double(random: Random): number | string {
  return random.chance(0.04)
    ? random.pick(['NaN', 'Infinity', '-Infinity'])
    : random.pick([0, 1, -1, 0.5, random.next() * 1e9]);
}

function integer(random: Random): string {
  return random.pick([
    '0',
    '1',
    '-1',
    '360',
    '9223372036854775807',
    '-9223372036854775808',
    String(random.below(1e9)),
  ]);
}

function common(random: Random): JsonObject {
  return {
    attributes: attributes(random),
    startTimeUnixNano: time(random),
    timeUnixNano: time(random),
    ...(random.chance(0.1) ? { flags: random.pick([0, 1, 2, 3, 300]) } : {}),
    ...(random.chance(0.1)
      ? { exemplars: [{ timeUnixNano: time(random), asDouble: 1, traceId: 'AAAA' }] }
      : {}),
  };
}

function numberPoint(random: Random): JsonObject {
  const point = common(random);
  if (random.chance(0.05)) return point;
  return random.chance(0.5) ? { ...point, asInt: integer(random) } : { ...point, asDouble: double(random) };
}

function histogramPoint(random: Random): JsonObject {
  return {
    ...common(random),
    count: String(random.below(1000)),
    ...(random.chance(0.9) ? { sum: double(random) } : {}),
    bucketCounts: random.upTo(3, () => String(random.below(9))),
    explicitBounds: random.upTo(3, () => random.next()),
    min: 0.5,
  };
}

function exponentialPoint(random: Random): JsonObject {
  return {
    ...common(random),
    count: String(random.below(1000)),
    ...(random.chance(0.9) ? { sum: double(random) } : {}),
    scale: random.below(20) - 10,
    zeroCount: '3',
    positive: { offset: -3, bucketCounts: random.upTo(5, () => String(random.below(300))) },
    negative: { offset: 3, bucketCounts: random.upTo(5, () => String(random.below(300))) },
    zeroThreshold: 0.25,
  };
}

function metricName(random: Random): string {
  const metric = metrics[random.pick(agentMetricKeys)];
  switch (random.below(8)) {
    case 0:
      return random.pick(['http.server.duration', 'vitals.agent.status', 'x', '', 'vitals.agent.heartbeat']);
    case 1:
      return prometheusName(metric);
    case 2:
      return prometheusNameWithoutSuffixes(metric.name);
    default:
      return metric.name;
  }
}

function metric(random: Random): JsonObject {
  const name = metricName(random);
  const known = Object.values(metrics).find((candidate) => candidate.name === name);
  const aggregationTemporality = random.chance(0.1) ? random.pick([0, 3]) : random.pick([1, 2]);
  const isHistogram = random.chance(0.9) ? known?.instrument === 'Histogram' : random.chance(0.5);
  const withName = {
    name,
    description: random.pick(texts),
    unit: '1',
    metadata: random.upTo(1, () => keyValue(random, others)),
  };
  if (random.chance(0.03)) return withName;
  if (random.chance(0.03)) {
    const dataPoints = random.upTo(2, () => ({ ...common(random), count: '3', sum: 4 }));
    return { ...withName, summary: { dataPoints } };
  }
  if (isHistogram) {
    if (random.chance(0.5)) {
      const dataPoints = random.upTo(3, () => histogramPoint(random));
      return { ...withName, histogram: { dataPoints, aggregationTemporality } };
    }
    const dataPoints = random.upTo(3, () => exponentialPoint(random));
    return { ...withName, exponentialHistogram: { dataPoints, aggregationTemporality } };
  }
  const dataPoints = random.upTo(4, () => numberPoint(random));
  if (random.chance(0.4)) return { ...withName, gauge: { dataPoints } };
  return { ...withName, sum: { dataPoints, aggregationTemporality, isMonotonic: random.chance(0.5) } };
}

function resource(random: Random): JsonObject {
  return random.chance(0.1)
    ? {}
    : { resource: { attributes: attributes(random), droppedAttributesCount: 1 } };
}

const scope = { name: 'agent-vitals', version: '1', attributes: [] };

/** An ExportMetricsServiceRequest. */
export function randomMetrics(random: Random): JsonObject {
  return {
    resourceMetrics: random.upTo(3, () => ({
      ...resource(random),
      scopeMetrics: random.upTo(2, () => ({
        scope,
        metrics: random.upTo(6, () => metric(random)),
        schemaUrl: 's',
      })),
      schemaUrl: 'https://schema.invalid/1',
    })),
  };
}

/** An ExportTraceServiceRequest. */
export function randomTraces(random: Random): JsonObject {
  const span = () => ({
    traceId: 'AAAAAAAAAAAAAAAAAAAAAA==',
    spanId: 'AAAAAAAAAAA=',
    name: random.pick(texts),
    kind: 1,
    startTimeUnixNano: time(random),
    endTimeUnixNano: time(random),
    attributes: attributes(random),
    events: random.upTo(1, () => ({ name: 'e', attributes: attributes(random) })),
    status: { code: 2, message: 'no' },
    flags: 257,
  });
  return {
    resourceSpans: random.upTo(3, () => ({
      ...resource(random),
      scopeSpans: random.upTo(2, () => ({ scope, spans: random.upTo(5, span) })),
    })),
  };
}

/** An ExportLogsServiceRequest. */
export function randomLogs(random: Random): JsonObject {
  const names = [...others, 'event.name', 'vitals.state.reason', 'vitals.thread.id', a.agentState];
  const stateChanged = 'vitals.agent.state_changed';
  const event = { key: 'event.name', value: { stringValue: stateChanged } };
  const record = () => ({
    timeUnixNano: time(random),
    observedTimeUnixNano: time(random),
    severityNumber: 9,
    severityText: 'INFO',
    body: value(random),
    attributes: [
      ...attributes(random),
      ...random.upTo(3, () => keyValue(random, names)),
      ...(random.chance(0.2) ? [event] : []),
    ],
    flags: 1,
    traceId: 'AAAAAAAAAAAAAAAAAAAAAA==',
    ...(random.chance(0.5)
      ? { eventName: random.pick([stateChanged, stateChanged, 'vitals.message', '']) }
      : {}),
  });
  return {
    resourceLogs: random.upTo(3, () => ({
      ...resource(random),
      scopeLogs: random.upTo(2, () => ({ scope, logRecords: random.upTo(5, record) })),
    })),
  };
}
