import {
  agentMetricOfName,
  attributeOfName,
  type MetricKey,
  metrics,
  prometheusLabel,
} from '@agent-vitals/contract';
import type { AgentInfo } from '../../../src/core/index.ts';
import { otlp } from '../../support/otlp.ts';
import { type Recorded, silent } from './recorded.ts';

/*
 * What a request means, told in the plainest way from what protobufjs decodes: maps and strings, one thing after
 * another, nothing shared with the reader.
 */

export interface Truth {
  observed: Recorded[];
  items: number;
  rejected: Record<string, number>;
}

interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: object;
  bytesValue?: object;
}
interface Item {
  attributes?: { key?: string; value?: AnyValue }[];
  [field: string]: unknown;
}
interface Resource {
  attributes?: Item['attributes'];
}
interface Data {
  dataPoints?: Item[];
  aggregationTemporality?: number;
}
interface Metric {
  name?: string;
  gauge?: Data;
  sum?: Data;
  histogram?: Data;
  exponentialHistogram?: Data;
  summary?: Data;
}

type Attributes = Map<string, AnyValue>;
type Found = { id: string; own: boolean } | { fault: string } | undefined;

/** Names beside the contract's that have a meaning, and which. */
const extraNames: Readonly<Record<string, string>> = {
  'otel.metric.overflow': 'overflow',
  state: 'state',
  'cpu.mode': 'state',
  'system.memory.state': 'state',
  'system.cpu.state': 'state',
  'process.cpu.state': 'state',
  cpu: 'cpu',
  'cpu.logical_number': 'cpu',
  'system.cpu.logical_number': 'cpu',
  'event.name': 'event.name',
  'vitals.state.reason': 'vitals.state.reason',
  'vitals.thread.id': 'vitals.thread.id',
};
for (const [name, meaning] of Object.entries(extraNames)) {
  (extraNames as Record<string, string>)[prometheusLabel(name)] = meaning;
}

const leading: readonly MetricKey[] = [
  'reportedStatus',
  'exhaustedRecoveryTime',
  'info',
  'leaseExpiry',
  'heartbeatInterval',
];

/** What makes a point another agent's than its resource's. */
const ownIdentity = [
  'vitals.agent.id',
  'gen_ai.agent.id',
  'service.name',
  'service.namespace',
  'host.name',
  'vitals.session.id',
];

class Reading {
  readonly truth: Truth = { observed: [], items: 0, rejected: {} };
  private readonly pipeline: string;
  private readonly seen = new Set<string>();

  constructor(pipeline: string) {
    this.pipeline = pipeline;
  }

  metrics(resource: Resource | undefined, all: Metric[]): void {
    const ofResource = attributesOf(resource?.attributes);
    const keyOf = (metric: Metric) => agentMetricOfName(metric.name ?? '');
    const isLeading = (metric: Metric) => leading.includes(keyOf(metric) as MetricKey);
    for (const metric of [...all.filter(isLeading), ...all.filter((other) => !isLeading(other))]) {
      const kind = (['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const).find(
        (name) => metric[name] !== undefined,
      );
      if (kind === undefined) continue;
      const { dataPoints = [], aggregationTemporality = 0 } = metric[kind]!;
      const idle: Recorded[] = [];
      for (const point of dataPoints) {
        const reason = this.point(keyOf(metric), kind, aggregationTemporality, point, ofResource, idle);
        if (reason !== undefined) this.reject(reason);
      }
      const last = idle.at(-1);
      if (last === undefined) continue;
      const mean = idle.reduce((sum, { value }) => sum + value, 0) / idle.length;
      this.truth.observed.push({ ...last, value: 1 - mean });
    }
  }

  spans(resource: Resource | undefined, spans: Item[]): void {
    const ofResource = attributesOf(resource?.attributes);
    for (const span of spans) {
      this.truth.items++;
      const own = attributesOf(span.attributes);
      const base = this.base(own, ofResource, span, 'endTimeUnixNano');
      const found = this.identify(own, ofResource);
      if (found !== undefined && 'fault' in found) this.reject(found.fault);
      else if (found?.own === true) this.see({ ...base, id: found.id });
    }
  }

  logs(resource: Resource | undefined, records: Item[]): void {
    const ofResource = attributesOf(resource?.attributes);
    for (const record of records) {
      this.truth.items++;
      const own = attributesOf(record.attributes);
      const found = this.identify(own, ofResource);
      const base = {
        ...this.base(own, ofResource, record, 'timeUnixNano'),
        startTimeMs: 0,
        timeMs: ms(record.timeUnixNano) || ms(record.observedTimeUnixNano),
      };
      const name = (record.eventName as string | undefined) || own.get('event.name')?.stringValue;
      if (found !== undefined && 'fault' in found) this.reject(found.fault);
      else if (name === 'vitals.agent.state_changed') {
        if (found === undefined) this.reject('id_missing');
        else {
          this.truth.observed.push({
            ...base,
            id: found.id,
            signal: 'stateChanged',
            state: textOf(own, 'vitals.agent.state'),
            reason: textOf(own, 'vitals.state.reason'),
            message: textOf(own, 'exception.message'),
            thread: textOf(own, 'vitals.thread.id'),
          });
        }
      } else if (found?.own === true) this.see({ ...base, id: found.id });
    }
  }

  private point(
    key: MetricKey | undefined,
    kind: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary',
    aggregationTemporality: number,
    point: Item,
    ofResource: Attributes,
    idle: Recorded[],
  ): string | undefined {
    this.truth.items++;
    const isHistogram = kind === 'histogram' || kind === 'exponentialHistogram';
    const definition = key === undefined ? undefined : metrics[key];
    const isVitals = definition?.name.startsWith('vitals.') === true;
    if (definition !== undefined) {
      if (kind === 'summary' || isHistogram !== (definition.instrument === 'Histogram'))
        return 'type_mismatch';
      if (kind !== 'gauge' && aggregationTemporality !== 1 && aggregationTemporality !== 2) {
        return 'temporality_unspecified';
      }
    } else if (kind === 'summary') return undefined;

    const own = attributesOf(point.attributes);
    const overflow = own.get('overflow');
    if (definition !== undefined && (overflow?.boolValue === true || overflow?.stringValue === 'true')) {
      return 'overflow';
    }
    const found = this.identify(own, ofResource);
    const base = this.base(own, ofResource, point, 'timeUnixNano');
    const noRecordedValue = ((Number(point.flags ?? 0) >>> 0) & 1) === 1;
    if (found !== undefined && 'fault' in found) return found.fault;
    if (definition === undefined) {
      if (found?.own === true && !noRecordedValue) this.see({ ...base, id: found.id });
      return undefined;
    }
    if (found === undefined && isVitals) return 'id_missing';
    if (found === undefined && !(definition.name.startsWith('system.') && base.host !== '')) return undefined;
    const whose = { id: found?.id ?? '', introduces: isVitals || found?.own === true };

    let value = isHistogram ? Number(point.sum ?? 0) : Number(point.asDouble ?? point.asInt ?? 0);
    if (!noRecordedValue) {
      if (!isHistogram && point.asDouble === undefined && point.asInt === undefined) return 'value_missing';
      if (!Number.isFinite(value)) return 'value_not_finite';
    }
    if (!isVitals && (own.has('state') || own.has('cpu'))) {
      const state =
        key?.startsWith('system') === true && key.endsWith('Utilization') ? textOf(own, 'state') : '';
      const isIdle = key === 'systemCpuUtilization' && state === 'idle';
      if (own.has('cpu')) {
        if (!isIdle || noRecordedValue || ownIdentity.some((name) => own.has(name))) return undefined;
        const ofAll = this.base(new Map(), ofResource, point, 'timeUnixNano');
        idle.push({
          ...ofAll,
          ...whose,
          signal: key!,
          temporality: kind === 'gauge' ? 0 : aggregationTemporality,
          value,
        });
        return undefined;
      }
      if (isIdle) value = 1 - value;
      else if (key !== 'systemMemoryUtilization' || state !== 'used') return undefined;
    }
    this.truth.observed.push({
      ...base,
      ...whose,
      signal: key!,
      temporality: kind === 'gauge' ? 0 : aggregationTemporality,
      value: noRecordedValue ? 0 : value,
      count: noRecordedValue || !isHistogram ? 0 : Number(BigInt((point.count as string | undefined) ?? 0)),
      noRecordedValue,
      state: textOf(own, 'vitals.agent.state'),
      operation: textOf(own, 'vitals.operation.name'),
      integration: textOf(own, 'vitals.integration.name'),
      errorType: textOf(own, 'error.type'),
      direction: textOf(own, 'vitals.message.direction'),
      exhaustedReason: textOf(own, 'vitals.exhausted.reason'),
      exhaustedScope: textOf(own, 'vitals.exhausted.scope'),
      recoverySource: textOf(own, 'vitals.recovery.source'),
      info: key === 'info' ? infoOf(own, ofResource) : null,
    });
    return undefined;
  }

  private identify(own: Attributes, ofResource: Attributes): Found {
    const found = identityOf(own, ofResource);
    const session = own.has('vitals.session.id')
      ? own.get('vitals.session.id')
      : ofResource.get('vitals.session.id');
    if (bytesIn(session?.stringValue ?? '') > 256) return { fault: 'id_too_long' };
    return found;
  }

  private base(own: Attributes, ofResource: Attributes, item: Item, timeField: string): Recorded {
    const session = own.has('vitals.session.id') ? own : ofResource;
    return {
      ...silent,
      pipeline: this.pipeline,
      session: session.get('vitals.session.id')?.stringValue ?? '',
      type: own.has('vitals.agent.type')
        ? textOf(own, 'vitals.agent.type')
        : textOf(ofResource, 'vitals.agent.type'),
      host: hostOf(own, ofResource),
      startTimeMs: ms(item.startTimeUnixNano),
      timeMs: ms(item[timeField]),
    };
  }

  private see(observation: Recorded): void {
    if (this.seen.has(observation.id)) return;
    this.seen.add(observation.id);
    this.truth.observed.push(observation);
  }

  private reject(reason: string): void {
    this.truth.rejected[reason] = (this.truth.rejected[reason] ?? 0) + 1;
  }
}

function identityOf(own: Attributes, ofResource: Attributes): Found {
  for (const attributes of [own, ofResource]) {
    for (const name of ['vitals.agent.id', 'gen_ai.agent.id']) {
      const value = attributes.get(name);
      if (value === undefined) continue;
      if (value.stringValue === undefined) return { fault: 'id_invalid' };
      return bytesIn(value.stringValue) > 256
        ? { fault: 'id_too_long' }
        : { id: value.stringValue, own: true };
    }
  }
  const part = (name: string) => own.get(name)?.stringValue ?? ofResource.get(name)?.stringValue;
  const name = part('service.name');
  if (name === undefined) return undefined;
  const namespace = part('service.namespace');
  const host = part('host.name');
  const id = `${namespace === undefined ? '' : `${namespace}/`}${name}${host === undefined ? '' : `@${host}`}`;
  return bytesIn(id) > 256 ? { fault: 'id_too_long' } : { id, own: false };
}

/** By the name they mean; the last of a name counts, and an empty one is not said. */
function attributesOf(list: Item['attributes']): Attributes {
  const attributes: Attributes = new Map();
  for (const { key = '', value = {} } of list ?? []) {
    const name = attributeOfName(key) ?? extraNames[key];
    if (name === undefined) continue;
    if (Object.keys(value).length === 0 || value.stringValue === '') attributes.delete(name);
    else attributes.set(name, value);
  }
  return attributes;
}

function hostOf(own: Attributes, ofResource: Attributes): string {
  const part = (name: string) => textOf(own.has(name) ? own : ofResource, name);
  return part('host.id') || part('host.name');
}

function infoOf(own: Attributes, ofResource: Attributes): AgentInfo {
  const setOf = (name: string) => (own.has(name) ? own : ofResource);
  const textOrNull = (name: string) => textOf(setOf(name), name) || null;
  return {
    name: textOrNull('gen_ai.agent.name'),
    description: textOrNull('gen_ai.agent.description'),
    version: textOrNull('gen_ai.agent.version'),
    kind: textOrNull('vitals.agent.kind'),
    peers: listOf(setOf('vitals.agent.peers').get('vitals.agent.peers')),
    payloadClass: textOrNull('vitals.agent.payload_class'),
    location: textOrNull('vitals.agent.location'),
    sessionName: textOrNull('vitals.session.name'),
    processId: integerOf(setOf('process.pid').get('process.pid')),
    hostId: textOrNull('host.id'),
  };
}

function listOf(value: AnyValue | undefined): string[] {
  if (value?.arrayValue !== undefined) {
    const texts = (value.arrayValue.values ?? []).map(({ stringValue = '' }) => cutText(stringValue));
    return texts.filter((text) => text !== '');
  }
  const label = cutText(value?.stringValue ?? '');
  if (label === '') return [];
  return label === '["a","b"]' ? ['a', 'b'] : [label];
}

function integerOf(value: AnyValue | undefined): number | null {
  if (value?.intValue !== undefined) return Number(BigInt(value.intValue));
  const digits = cutText(value?.stringValue ?? '');
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

function textOf(attributes: Attributes, name: string): string {
  return cutText(attributes.get(name)?.stringValue ?? '');
}

function cutText(text: string): string {
  let whole = '';
  for (const character of text) {
    if (bytesIn(whole + character) > 256) return whole;
    whole += character;
  }
  return whole;
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length;
}

function ms(nanoseconds: unknown): number {
  return Number(BigInt((nanoseconds as string | undefined) ?? 0)) / 1e6;
}

const options = { longs: String, enums: Number };

/** What an ExportMetricsServiceRequest means; throws where protobufjs can't decode it. */
export function truthOfMetrics(body: Buffer, pipeline: string): Truth {
  const { metricsRequest } = otlp;
  const reading = new Reading(pipeline);
  const { resourceMetrics = [] } = metricsRequest.toObject(metricsRequest.decode(body), options) as {
    resourceMetrics?: { resource?: Resource; scopeMetrics?: { metrics?: Metric[] }[] }[];
  };
  for (const { resource, scopeMetrics = [] } of resourceMetrics) {
    reading.metrics(
      resource,
      scopeMetrics.flatMap(({ metrics: list = [] }) => list),
    );
  }
  return reading.truth;
}

/** What an ExportTraceServiceRequest means; throws where protobufjs can't decode it. */
export function truthOfTraces(body: Buffer, pipeline: string): Truth {
  const { tracesRequest } = otlp;
  const reading = new Reading(pipeline);
  const { resourceSpans = [] } = tracesRequest.toObject(tracesRequest.decode(body), options) as {
    resourceSpans?: { resource?: Resource; scopeSpans?: { spans?: Item[] }[] }[];
  };
  for (const { resource, scopeSpans = [] } of resourceSpans) {
    reading.spans(
      resource,
      scopeSpans.flatMap(({ spans = [] }) => spans),
    );
  }
  return reading.truth;
}

/** What an ExportLogsServiceRequest means; throws where protobufjs can't decode it. */
export function truthOfLogs(body: Buffer, pipeline: string): Truth {
  const { logsRequest } = otlp;
  const reading = new Reading(pipeline);
  const { resourceLogs = [] } = logsRequest.toObject(logsRequest.decode(body), options) as {
    resourceLogs?: { resource?: Resource; scopeLogs?: { logRecords?: Item[] }[] }[];
  };
  for (const { resource, scopeLogs = [] } of resourceLogs) {
    reading.logs(
      resource,
      scopeLogs.flatMap(({ logRecords = [] }) => logRecords),
    );
  }
  return reading.truth;
}
