import { isUtf8 } from 'node:buffer';
import { ProtoWriter } from './proto-writer.ts';
import { MalformedRequestError } from './wire.ts';

/** A field: its name in JSON, its number, and what is in it. */
type Field = readonly [name: string, number: number, content: Scalar | Message | readonly [Message]];
/** Present and of no interest: what is in it isn't looked at. */
type Scalar = 'text' | 'double' | 'unsigned64' | 'signed64' | 'int64' | 'uint32' | 'enum' | 'bool' | 'opaque';

interface Message {
  readonly fields: readonly Field[];
  /** Names of which at most one may be there. */
  readonly oneof?: readonly string[];
}

// The part of OTLP that the readers take. Other fields are ignored, as OTLP/JSON demands of unknown ones.

const element: Message = { fields: [['stringValue', 1, 'text']] };
const anyValue: Message = {
  fields: [
    ['stringValue', 1, 'text'],
    ['boolValue', 2, 'bool'],
    ['intValue', 3, 'int64'],
    ['doubleValue', 4, 'double'],
    ['arrayValue', 5, { fields: [['values', 1, [element]]] }],
    ['kvlistValue', 6, 'opaque'],
    ['bytesValue', 7, 'opaque'],
  ],
  oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'],
};
const keyValue: Message = {
  fields: [
    ['key', 1, 'text'],
    ['value', 2, anyValue],
  ],
};
const resource: Message = { fields: [['attributes', 1, [keyValue]]] };

const numberPoint: Message = {
  fields: [
    ['startTimeUnixNano', 2, 'unsigned64'],
    ['timeUnixNano', 3, 'unsigned64'],
    ['asDouble', 4, 'double'],
    ['asInt', 6, 'signed64'],
    ['attributes', 7, [keyValue]],
    ['flags', 8, 'uint32'],
  ],
  oneof: ['asDouble', 'asInt'],
};

function histogramPoint(attributes: number): Message {
  return {
    fields: [
      ['startTimeUnixNano', 2, 'unsigned64'],
      ['timeUnixNano', 3, 'unsigned64'],
      ['count', 4, 'unsigned64'],
      ['sum', 5, 'double'],
      ['attributes', attributes, [keyValue]],
      ['flags', 10, 'uint32'],
    ],
  };
}

function data(point: Message): Message {
  return {
    fields: [
      ['dataPoints', 1, [point]],
      ['aggregationTemporality', 2, 'enum'],
    ],
  };
}

const metric: Message = {
  fields: [
    ['name', 1, 'text'],
    ['gauge', 5, { fields: [['dataPoints', 1, [numberPoint]]] }],
    ['sum', 7, data(numberPoint)],
    ['histogram', 9, data(histogramPoint(9))],
    ['exponentialHistogram', 10, data(histogramPoint(1))],
    ['summary', 11, { fields: [['dataPoints', 1, [{ fields: [] }]]] }],
  ],
  oneof: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
};

const span: Message = {
  fields: [
    ['startTimeUnixNano', 7, 'unsigned64'],
    ['endTimeUnixNano', 8, 'unsigned64'],
    ['attributes', 9, [keyValue]],
  ],
};

const logRecord: Message = {
  fields: [
    ['timeUnixNano', 1, 'unsigned64'],
    ['attributes', 6, [keyValue]],
    ['observedTimeUnixNano', 11, 'unsigned64'],
    ['eventName', 12, 'text'],
  ],
};

function request(groups: string, scopes: string, items: string, item: Message): Message {
  const scope: Message = { fields: [[items, 2, [item]]] };
  const group: Message = {
    fields: [
      ['resource', 1, resource],
      [scopes, 2, [scope]],
    ],
  };
  return { fields: [[groups, 1, [group]]] };
}

const requests = {
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
};

/**
 * Rewrites a request in OTLP/JSON as protobuf, with every type checked, so that both encodings mean the same by
 * going through the same reader. Only what the readers take is written.
 *
 * @param body - An Export…ServiceRequest in OTLP/JSON.
 * @param signal - Of which signal.
 * @returns The request in protobuf; at most about twice as long as the body.
 * @throws MalformedRequestError where the body isn't JSON, or a field isn't of its type.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function protobufOfJson(body: Buffer, signal: keyof typeof requests): Buffer {
  if (!isUtf8(body)) throw new MalformedRequestError('the JSON is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's message quotes the body, which may hold anything.
    throw new MalformedRequestError('the body is not JSON');
  }
  const writer = new ProtoWriter(body.length);
  writeMessage(writer, requests[signal], value, 'request');
  return writer.finish();
}

/** The recursion is as deep as the tables above, whatever the body says. */
function writeMessage(writer: ProtoWriter, message: Message, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(path, 'an object', value);
  const object = value as Readonly<Record<string, unknown>>;
  if (message.oneof !== undefined) {
    const set = message.oneof.filter((name) => isThere(object[name]));
    if (set.length > 1) throw new MalformedRequestError(`${path} has both ${set[0]} and ${set[1]}`);
  }
  for (const [name, number, content] of message.fields) {
    const member = object[name];
    if (isThere(member)) writeField(writer, number, content, member, `${path}.${name}`);
  }
}

function writeField(
  writer: ProtoWriter,
  number: number,
  content: Field[2],
  value: unknown,
  path: string,
): void {
  if (typeof content === 'string') writeScalar(writer, number, content, value, path);
  else if (!isRepeated(content)) {
    const start = writer.begin(number);
    writeMessage(writer, content, value, path);
    writer.end(start);
  } else {
    if (!Array.isArray(value)) throw wrong(path, 'a list', value);
    for (const item of value) {
      const start = writer.begin(number);
      writeMessage(writer, content[0], item, path);
      writer.end(start);
    }
  }
}

function writeScalar(writer: ProtoWriter, number: number, type: Scalar, value: unknown, path: string): void {
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw wrong(path, 'text', value);
      writer.text(number, value);
      break;
    case 'double':
      writer.double(number, toDouble(value, path));
      break;
    case 'unsigned64':
      writer.fixed64(number, toInteger(value, path, 0n, 2n ** 64n));
      break;
    case 'signed64':
      writer.fixed64(number, toInteger(value, path, -(2n ** 63n), 2n ** 63n));
      break;
    case 'int64':
      writer.varint(number, toInteger(value, path, -(2n ** 63n), 2n ** 63n));
      break;
    case 'uint32':
      writer.varint(number, toInteger(value, path, 0n, 2n ** 32n));
      break;
    case 'enum':
      // OTLP/JSON forbids the names of enum values.
      if (typeof value !== 'number') throw wrong(path, 'an integer', value);
      writer.varint(number, toInteger(value, path, -(2n ** 31n), 2n ** 31n));
      break;
    case 'bool':
      if (typeof value !== 'boolean') throw wrong(path, 'true or false', value);
      writer.varint(number, value ? 1n : 0n);
      break;
    case 'opaque':
      writer.end(writer.begin(number));
      break;
  }
}

/** 64-bit integers come as decimal texts, and as numbers. */
function toInteger(value: unknown, path: string, from: bigint, below: bigint): bigint {
  const isInteger =
    typeof value === 'number'
      ? Number.isInteger(value)
      : typeof value === 'string' && /^-?\d{1,20}$/.test(value);
  const integer = isInteger ? BigInt(value as number | string) : undefined;
  if (integer === undefined || integer < from || integer >= below) throw wrong(path, 'an integer', value);
  return integer;
}

/** Doubles come as numbers, as texts of numbers, and as the names of those that JSON can't write. */
function toDouble(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  const isNumeric = typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value);
  if (!isNumeric) throw wrong(path, 'a number', value);
  return Number(value);
}

/** Null is the same as not there. */
function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isRepeated(content: Message | readonly [Message]): content is readonly [Message] {
  return Array.isArray(content);
}

function wrong(path: string, expected: string, value: unknown): MalformedRequestError {
  const kind = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
  return new MalformedRequestError(`${path} must be ${expected}: current value is of type ${kind}`);
}
