import { describe, expect, it } from 'vitest';
import { MalformedRequestError, OtlpReader } from '../../../src/processor/otlp/index.ts';
import { encodeOtlp, gaugeMetric, metricsRequest, numberPoint, otlp } from '../../support/otlp.ts';
import { Recorder } from './recorded.ts';

const reader = new OtlpReader();

function readBytes(...bytes: number[]): Recorder {
  const recorder = new Recorder();
  reader.read('metrics', 'protobuf', Buffer.from(bytes), 'test', recorder);
  return recorder;
}

function readJson(text: string | Buffer): Recorder {
  const recorder = new Recorder();
  reader.read('metrics', 'json', Buffer.from(text), 'test', recorder);
  return recorder;
}

function nested(depth: number): number[] {
  const open: number[] = Array.from({ length: depth }, () => 0x63);
  return [...open, ...open.map(() => 0x64)];
}

describe('protobuf that is broken', () => {
  const cases: [why: string, bytes: number[], message: RegExp][] = [
    ['a length beyond the body', [0x0a, 0x05, 0x00], /longer than the message/],
    ['a length of 4 GiB', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], /longer than the message/],
    ['a length over 32 bits', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x1f], /over 32 bits/],
    ['no length', [0x0a], /ends within a number/],
    [
      'a field within that is longer than its message',
      [0x0a, 0x02, 0x12, 0x05, 0, 0, 0, 0, 0],
      /longer than/,
    ],
    ['the field number 0', [0x02, 0x00], /number 0/],
    ['a wire type that does not exist', [0x0e, 0x00], /wire type 6/],
    ['a number of eleven bytes', [0x08, ...Array.from({ length: 10 }, () => 0xff), 0x01], /no end/],
    ['a tag longer than need be', [0x8a, 0x00, 0x00], /longer than it need be/],
    ['half a fixed64', [0x09, 1, 2, 3], /longer than/],
    ['half a fixed32', [0x0d, 1, 2, 3], /longer than/],
    ['a group without an end', [0x63, 0x08, 0x01], /within a group/],
    ['a group that ends as another', [0x63, 0x6c], /did not begin/],
    ['an end without a group', [0x64], /wire type 4/],
    ['groups within groups without end', nested(101), /nested too deep/],
  ];

  it.each(cases)('is rejected: %s', (_, bytes, message) => {
    expect(() => readBytes(...bytes)).toThrow(MalformedRequestError);
    expect(() => readBytes(...bytes)).toThrow(message);
  });

  it.each([
    ['nothing at all', []],
    ['an empty resource', [0x0a, 0x00]],
    ['groups within groups, as deep as protobuf allows', nested(100)],
    ['a known field of another wire type', [0x08, 0x01]],
    ['a length longer than need be', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ])('is not: %s', (_, bytes) => {
    expect(readBytes(...bytes).observed).toEqual([]);
  });

  it('leaves no trace when the last of many points is broken', () => {
    const points = Array.from({ length: 100 }, () => numberPoint(0.5));
    const body = encodeOtlp(
      otlp.metricsRequest,
      metricsRequest({ 'vitals.agent.id': 'a' }, [gaugeMetric('vitals.agent.confidence', points)]),
    );
    const recorder = new Recorder();
    const broken = Buffer.from(body);
    const tagOfLastValue = broken.lastIndexOf(0x21);
    broken[tagOfLastValue] = 0x27;
    expect(() => reader.read('metrics', 'protobuf', broken, 'test', recorder)).toThrow(MalformedRequestError);
    expect(recorder.observed).toEqual([]);
    reader.read('metrics', 'protobuf', body, 'test', recorder);
    expect(recorder.observed).toHaveLength(100);
  });
});

describe('JSON that is broken', () => {
  const metric = (inner: string) =>
    `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"vitals.agent.progress",${inner}}]}]}]}`;
  const point = (inner: string) => metric(`"gauge":{"dataPoints":[{${inner}}]}`);
  const cases: [why: string, text: string | Buffer, message: RegExp][] = [
    ['nothing', '', /not JSON/],
    ['half of it', '{"resourceMetrics":[', /not JSON/],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /not UTF-8/],
    ['a list', '[]', /request must be an object: current value is of type list/],
    ['null', 'null', /request must be an object: current value is of type null/],
    ['a list that is an object', '{"resourceMetrics":{}}', /request\.resourceMetrics must be a list/],
    ['an item that is null', '{"resourceMetrics":[null]}', /resourceMetrics must be an object/],
    [
      'a name that is a number',
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":1}]}]}]}',
      /name must be text/,
    ],
    ['an integer with a fraction', point('"asInt":"1.5"'), /asInt must be an integer/],
    ['an integer beyond 64 bits', point('"asInt":"9223372036854775808"'), /asInt must be an integer/],
    ['a negative time', point('"timeUnixNano":"-1"'), /timeUnixNano must be an integer/],
    ['a double of letters', point('"asDouble":"one"'), /asDouble must be a number/],
    [
      'the name of an enum value',
      metric('"sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}'),
      /must be an integer/,
    ],
    [
      'a boolean in words',
      point('"attributes":[{"key":"otel.metric.overflow","value":{"boolValue":"true"}}]'),
      /true or false/,
    ],
    ['two values of one point', point('"asInt":"1","asDouble":1'), /both asDouble and asInt/],
  ];

  it.each(cases)('is rejected: %s', (_, text, message) => {
    expect(() => readJson(text)).toThrow(MalformedRequestError);
    expect(() => readJson(text)).toThrow(message);
  });

  it.each([
    ['an empty object', '{}'],
    ['null for what is not there', '{"resourceMetrics":null}'],
    ['names in snake case, which are unknown', '{"resource_metrics":17}'],
    [
      'fields that nobody knows',
      '{"resourceMetrics":[{"__proto__":{"x":1},"constructor":[],"future":{"a":[1]}}]}',
    ],
    [
      'attributes nested a hundred thousand deep',
      point(
        `"attributes":[{"key":"k","value":${'{"arrayValue":{"values":['.repeat(100_000)}${']}}'.repeat(100_000)}}]`,
      ),
    ],
  ])('is not: %s', (_, text) => {
    expect(readJson(text).observed).toEqual([]);
  });

  it.each([
    ['"asInt":"-3"', -3],
    ['"asInt":-3', -3],
    ['"asDouble":"2.5e1"', 25],
    ['"asDouble":25', 25],
    ['"asInt":null,"asDouble":0', 0],
  ])('is not: %s', (value, expected) => {
    const attributes = '"attributes":[{"key":"vitals.agent.id","value":{"stringValue":"a"}}]';
    expect(readJson(point(`${value},${attributes}`)).observed).toMatchObject([{ id: 'a', value: expected }]);
  });
});
