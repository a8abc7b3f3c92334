/**
 * What a processor built on protobufjs or JSON.parse would do with the objects they make: the rivals of the selective
 * reader. It keeps the same rules (identity, what comes first, what is rejected), written as fast as objects allow.
 */
import {
  type AgentInfo,
  cumulative,
  delta,
  gauge,
  Observation,
  type ObservationSink,
  signalOf,
  type Temporality,
} from '../src/core/index.ts';
import { attribute, attributeNames } from '../src/processor/otlp/attributes.ts';
import { type KnownMetric, knownMetrics, metricNames } from '../src/processor/otlp/metric-table.ts';

type Int64 = { readonly low: number; readonly high: number } | string;
interface ValueShape {
  stringValue?: string;
  intValue?: Int64;
  boolValue?: boolean;
  arrayValue?: { values?: ValueShape[] };
}
interface AttributeShape {
  key: string;
  value?: ValueShape;
}
interface PointShape {
  attributes?: AttributeShape[];
  startTimeUnixNano?: Int64;
  timeUnixNano?: Int64;
  asInt?: Int64;
  asDouble?: number;
  count?: Int64;
  sum?: number;
  flags?: number;
}
interface DataShape {
  dataPoints?: PointShape[];
  aggregationTemporality?: number;
}
interface MetricShape {
  name?: string;
  gauge?: DataShape | null;
  sum?: DataShape | null;
  histogram?: DataShape | null;
  exponentialHistogram?: DataShape | null;
}
export interface RequestShape {
  resourceMetrics?: {
    resource?: { attributes?: AttributeShape[] };
    scopeMetrics?: { metrics?: MetricShape[] }[];
  }[];
}

type Attributes = (ValueShape | undefined)[];

const codeByMetric = new Map(metricNames);
const codeByAttribute = new Map(attributeNames);
const info = signalOf('info');
const maxBytes = 256;

export class Walker {
  private readonly observation = new Observation();
  private readonly ofResource: Attributes = new Array(32).fill(undefined);
  private readonly ofPoint: Attributes = new Array(32).fill(undefined);
  private readonly encodedIds = new Map<string, Uint8Array>();
  private readonly sink: ObservationSink;

  constructor(sink: ObservationSink) {
    this.sink = sink;
  }

  walk(request: RequestShape): void {
    for (const { resource, scopeMetrics } of request.resourceMetrics ?? []) {
      take(this.ofResource, resource?.attributes);
      for (const leads of [true, false]) {
        for (const { metrics } of scopeMetrics ?? []) {
          for (const metric of metrics ?? []) this.metric(metric, leads);
        }
      }
    }
  }

  private metric(metric: MetricShape, leads: boolean): void {
    const code = codeByMetric.get(metric.name ?? '');
    const known = code === undefined ? undefined : knownMetrics[code];
    if (known?.leads !== leads) return;
    const histogram = metric.histogram ?? metric.exponentialHistogram;
    const data = metric.gauge ?? metric.sum ?? histogram;
    if (data == null || known.isHistogram !== (histogram != null)) return;
    let temporality: Temporality = gauge;
    if (metric.gauge == null) {
      if (data.aggregationTemporality !== delta && data.aggregationTemporality !== cumulative) return;
      temporality = data.aggregationTemporality;
    }
    this.observation.temporality = temporality;
    for (const point of data.dataPoints ?? []) this.point(point, known);
  }

  private point(point: PointShape, known: KnownMetric): void {
    const { observation, ofPoint, ofResource } = this;
    take(ofPoint, point.attributes);
    if (ofPoint[attribute.overflow]?.boolValue === true) return;
    if (!this.identify(known)) return;
    // Members of a oneof that aren't there read as 0 from a protobufjs message.
    let value = point.asDouble ?? 0;
    if (known.isHistogram) value = point.sum ?? 0;
    else if (Object.hasOwn(point, 'asInt')) value = toNumber(point.asInt);
    else if (!Object.hasOwn(point, 'asDouble')) return;
    if (!Number.isFinite(value)) return;
    observation.signal = known.signal;
    observation.session = textOf(ofPoint, attribute.sessionId) || textOf(ofResource, attribute.sessionId);
    observation.type = textOf(ofPoint, attribute.agentType) || textOf(ofResource, attribute.agentType);
    observation.host = this.either(attribute.hostId) || this.either(attribute.hostName);
    observation.startTimeMs = toNumber(point.startTimeUnixNano) / 1e6;
    observation.timeMs = toNumber(point.timeUnixNano) / 1e6;
    observation.value = value;
    observation.count = known.isHistogram ? toNumber(point.count) : 0;
    observation.noRecordedValue = ((point.flags ?? 0) & 1) !== 0;
    observation.state = textOf(ofPoint, attribute.agentState);
    observation.operation = textOf(ofPoint, attribute.operationName);
    observation.integration = textOf(ofPoint, attribute.integrationName);
    observation.errorType = textOf(ofPoint, attribute.errorType);
    observation.direction = textOf(ofPoint, attribute.messageDirection);
    observation.exhaustedReason = textOf(ofPoint, attribute.exhaustedReason);
    observation.exhaustedScope = textOf(ofPoint, attribute.exhaustedScope);
    observation.recoverySource = textOf(ofPoint, attribute.recoverySource);
    observation.info = known.signal === info ? this.info() : null;
    this.sink.observe(observation);
  }

  private identify(known: KnownMetric): boolean {
    const { observation, ofPoint, ofResource } = this;
    const own =
      textOf(ofPoint, attribute.agentId) ||
      textOf(ofPoint, attribute.genAiAgentId) ||
      textOf(ofResource, attribute.agentId) ||
      textOf(ofResource, attribute.genAiAgentId);
    const id = own || this.serviceId();
    observation.introduces = own !== '' || known.isVitals;
    let bytes = this.encodedIds.get(id);
    if (bytes === undefined) {
      bytes = Buffer.from(id);
      this.encodedIds.set(id, bytes);
    }
    observation.idBytes = bytes;
    observation.idEnd = bytes.length;
    return bytes.length > 0 && bytes.length <= maxBytes;
  }

  private serviceId(): string {
    const name = this.either(attribute.serviceName);
    if (name === '') return '';
    const namespace = this.either(attribute.serviceNamespace);
    const host = this.either(attribute.hostName);
    return `${namespace === '' ? '' : `${namespace}/`}${name}${host === '' ? '' : `@${host}`}`;
  }

  private either(code: number): string {
    return textOf(this.ofPoint, code) || textOf(this.ofResource, code);
  }

  private info(): AgentInfo {
    const { ofPoint, ofResource } = this;
    const pid = (ofPoint[attribute.processId] ?? ofResource[attribute.processId])?.intValue;
    const peers = (ofPoint[attribute.agentPeers] ?? ofResource[attribute.agentPeers])?.arrayValue?.values;
    return {
      name: this.either(attribute.agentName) || null,
      description: this.either(attribute.agentDescription) || null,
      version: this.either(attribute.agentVersion) || null,
      kind: this.either(attribute.agentKind) || null,
      peers: (peers ?? []).map(({ stringValue }) => stringValue ?? ''),
      payloadClass: this.either(attribute.payloadClass) || null,
      location: this.either(attribute.location) || null,
      sessionName: this.either(attribute.sessionName) || null,
      processId: pid == null ? null : toNumber(pid),
      hostId: this.either(attribute.hostId) || null,
    };
  }
}

function take(into: Attributes, attributes: AttributeShape[] | undefined): void {
  into.fill(undefined);
  for (const { key, value } of attributes ?? []) {
    const code = codeByAttribute.get(key);
    if (code !== undefined) into[code] = value;
  }
}

function textOf(attributes: Attributes, code: number): string {
  const text = attributes[code]?.stringValue ?? '';
  return text.length <= maxBytes ? text : text.slice(0, maxBytes);
}

function toNumber(value: Int64 | undefined): number {
  if (value === undefined) return 0;
  return typeof value === 'string' ? Number(value) : value.high * 4_294_967_296 + (value.low >>> 0);
}
