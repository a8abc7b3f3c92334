import { findPlainText, notPlain } from './key-value.ts';
import {
  fixed64,
  lengthDelimited,
  MalformedRequestError,
  readVarint32,
  skipValue,
  varintEnd,
} from './wire.ts';

/**
 * The messages that the readers go into, and by which fields. Whatever isn't named here (exemplars, buckets,
 * scopes, bodies, span events) is skipped as bytes, by the validation and by the readers alike.
 */
const schema = {
  metricsRequest: { 1: 'resourceMetrics' },
  resourceMetrics: { 1: 'resource', 2: 'scopeMetrics' },
  scopeMetrics: { 2: 'metric' },
  metric: { 5: 'numberData', 7: 'numberData', 9: 'histogramData', 10: 'exponentialData', 11: 'summaryData' },
  numberData: { 1: 'numberPoint' },
  histogramData: { 1: 'histogramPoint' },
  exponentialData: { 1: 'exponentialPoint' },
  summaryData: {},
  numberPoint: { 7: 'keyValue' },
  histogramPoint: { 9: 'keyValue' },
  exponentialPoint: { 1: 'keyValue' },
  tracesRequest: { 1: 'resourceSpans' },
  resourceSpans: { 1: 'resource', 2: 'scopeSpans' },
  scopeSpans: { 2: 'span' },
  span: { 9: 'keyValue' },
  logsRequest: { 1: 'resourceLogs' },
  resourceLogs: { 1: 'resource', 2: 'scopeLogs' },
  scopeLogs: { 2: 'logRecord' },
  logRecord: { 6: 'keyValue' },
  resource: { 1: 'keyValue' },
  keyValue: { 2: 'value' },
  value: { 5: 'arrayValue' },
  arrayValue: { 1: 'element' },
  // Values within an array are read where they are text, and no deeper.
  element: {},
} as const;

type Message = keyof typeof schema;

const tooLong = 'a field is longer than the message it is in';
const opaque = 0;
const fieldsPerMessage = 16;
const messages = Object.keys(schema) as Message[];
const numberOf = (message: Message): number => messages.indexOf(message) + 1;

const keyValue = numberOf('keyValue');

/** `children[message × 16 + field]`: the message in that field, or `opaque`. */
const children = new Uint8Array((messages.length + 1) * fieldsPerMessage);
for (const message of messages) {
  for (const [field, child] of Object.entries(schema[message])) {
    children[numberOf(message) * fieldsPerMessage + Number(field)] = numberOf(child);
  }
}

/** Where the messages around the one under way end, and what they are; the schema is less than 16 levels deep. */
const outerEnds = new Int32Array(16);
const outerMessages = new Int32Array(16);

/**
 * Walks a whole request once before anything of it is applied. Afterwards it holds for every message of the schema
 * above that each field of it lies within it, each number ends, each tag is one, and the tags of fields up to 15 are
 * one byte. The readers rely on that: they check no bounds of their own, look at single bytes for tags, and a
 * request is applied either whole or not at all.
 *
 * @param bytes - The body.
 * @param request - What the body is said to be.
 * @throws MalformedRequestError at the first violation.
 */
export function validate(
  bytes: Uint8Array,
  request: 'metricsRequest' | 'tracesRequest' | 'logsRequest',
): void {
  let pos = 0;
  let end = bytes.length;
  let message = numberOf(request);
  let depth = 0;
  for (;;) {
    if (pos === end) {
      if (depth === 0) return;
      depth--;
      end = outerEnds[depth]!;
      message = outerMessages[depth]!;
      continue;
    }
    let tag = bytes[pos]!;
    if (tag < 0x80) pos++;
    else {
      tag = readVarint32(bytes, pos, end);
      pos = varintEnd;
      if (tag < 0x80) throw new MalformedRequestError('a tag is longer than it need be');
    }
    if (tag < 8) throw new MalformedRequestError('a field has the number 0');
    switch (tag & 7) {
      case lengthDelimited: {
        let length = pos < end ? bytes[pos]! : 0x80;
        if (length < 0x80) pos++;
        else {
          length = readVarint32(bytes, pos, end);
          pos = varintEnd;
        }
        const next = pos + length;
        if (next > end) throw new MalformedRequestError(tooLong);
        const child = tag < 0x80 ? children[message * fieldsPerMessage + (tag >>> 3)]! : opaque;
        if (child === opaque || (child === keyValue && findPlainText(bytes, pos, next) !== notPlain))
          pos = next;
        else {
          outerEnds[depth] = end;
          outerMessages[depth] = message;
          depth++;
          end = next;
          message = child;
        }
        break;
      }
      case fixed64:
        pos += 8;
        if (pos > end) throw new MalformedRequestError(tooLong);
        break;
      default:
        pos = skipValue(bytes, pos, end, tag);
    }
  }
}
