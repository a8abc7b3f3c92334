import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const schemaFile = new URL('../testdata/otlp/otlp.proto', import.meta.url);
const { root } = protobuf.parse(readFileSync(schemaFile, 'utf8'));

/** The messages of OTLP as protobufjs knows them; fields in camelCase, 64-bit integers as Long. */
export const otlp = {
  metricsRequest: root.lookupType('otlp.ExportMetricsServiceRequest'),
  metricsResponse: root.lookupType('otlp.ExportMetricsServiceResponse'),
  tracesRequest: root.lookupType('otlp.ExportTraceServiceRequest'),
  tracesResponse: root.lookupType('otlp.ExportTraceServiceResponse'),
  logsRequest: root.lookupType('otlp.ExportLogsServiceRequest'),
  logsResponse: root.lookupType('otlp.ExportLogsServiceResponse'),
  status: root.lookupType('otlp.Status'),
  badRequest: root.lookupType('otlp.BadRequest'),
};

/** OTLP/JSON, which is also what protobufjs encodes: camelCase, 64-bit integers as strings or numbers. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Encodes a message.
 *
 * @param type - One of {@link otlp}.
 * @param message - Its content in the form of OTLP/JSON.
 * @returns Protobuf.
 */
export function encodeOtlp(type: protobuf.Type, message: JsonObject): Buffer {
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

/** Attributes as KeyValues: whole numbers as int64, others as double. */
export function keyValues(attributes: Attributes): JsonObject[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): JsonObject {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
}

/** Milliseconds since the epoch as OTLP/JSON writes times. */
export function nanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms * 1000)) * 1000n}`;
}

export interface PointOptions {
  readonly attributes?: Attributes;
  readonly timeMs?: number;
  readonly startTimeMs?: number;
  readonly flags?: number;
}

function pointBase({ attributes = {}, timeMs = 0, startTimeMs = 0, flags = 0 }: PointOptions): JsonObject {
  return {
    attributes: keyValues(attributes),
    timeUnixNano: nanoseconds(timeMs),
    startTimeUnixNano: nanoseconds(startTimeMs),
    flags,
  };
}

/** A number point: whole numbers as int64, others as double. */
export function numberPoint(value: number, options: PointOptions = {}): JsonObject {
  return {
    ...pointBase(options),
    ...(Number.isInteger(value) ? { asInt: String(value) } : { asDouble: value }),
  };
}

/** A histogram's point without buckets. */
export function histogramPoint(count: number, sum: number, options: PointOptions = {}): JsonObject {
  return { ...pointBase(options), count: String(count), sum };
}

export function gaugeMetric(name: string, dataPoints: JsonObject[]): JsonObject {
  return { name, gauge: { dataPoints } };
}

/** `temporality`: 1 is delta, 2 cumulative. */
export function sumMetric(name: string, dataPoints: JsonObject[], temporality = 2): JsonObject {
  return { name, sum: { dataPoints, aggregationTemporality: temporality, isMonotonic: true } };
}

export function histogramMetric(name: string, dataPoints: JsonObject[], temporality = 2): JsonObject {
  return { name, histogram: { dataPoints, aggregationTemporality: temporality } };
}

/** ExportMetricsServiceRequest of one resource. */
export function metricsRequest(resource: Attributes, metrics: JsonObject[]): JsonObject {
  const scopeMetrics = [{ scope: { name: 'agent-vitals' }, metrics }];
  return { resourceMetrics: [{ resource: { attributes: keyValues(resource) }, scopeMetrics }] };
}
