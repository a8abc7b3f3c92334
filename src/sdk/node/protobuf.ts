import type { Attributes, AttributeValue } from '@opentelemetry/api';

const utf8 = new TextEncoder();

/** Bytes that a length or a small number takes as a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/**
 * Writes a varint.
 *
 * @param value - A whole number from 0 to 2^53 − 1.
 * @returns The position after it.
 */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let position = at;
  let rest = value;
  while (rest > 127) {
    bytes[position++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  bytes[position++] = rest;
  return position;
}

/** Bytes that a field of this length takes with its tag, where the field's number is below 16. */
export function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

/** A field of bytes, or a message: its tag, its length, then the parts one after the other. */
export function field(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(fieldSize(length));
  let at = writeFieldHead(bytes, 0, number, length);
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Writes the tag and the length of a field of bytes.
 *
 * @param number - The field's number, below 16.
 * @returns The position after them, where the field's bytes begin.
 */
export function writeFieldHead(bytes: Uint8Array, at: number, number: number, length: number): number {
  bytes[at] = (number << 3) | 2;
  return writeVarint(bytes, at + 1, length);
}

/** A field of text; none where the text is empty, as proto3 has it. */
export function textField(number: number, text: string): Uint8Array {
  return text === '' ? new Uint8Array(0) : field(number, utf8.encode(text));
}

/**
 * Encodes attributes as repeated `KeyValue` of OTLP's common.proto.
 *
 * @param number - The number of the repeated field in the message that carries the attributes.
 * @param attributes - Undefined values are left out.
 * @returns The fields one after the other.
 */
export function encodeAttributes(number: number, attributes: Attributes): Uint8Array {
  const fields: Uint8Array[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    fields.push(field(number, field(1, utf8.encode(key)), field(2, anyValue(value))));
  }
  return concatenate(fields);
}

/** One array of bytes of all parts. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function anyValue(value: AttributeValue | null): Uint8Array {
  if (typeof value === 'string') return field(1, utf8.encode(value));
  if (typeof value === 'boolean') return Uint8Array.of(0x10, value ? 1 : 0);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? intValue(value) : doubleValue(value);
  if (Array.isArray(value)) return field(5, ...value.map((item) => field(1, anyValue(item ?? null))));
  // An AnyValue without a value: what OTLP has for null.
  return new Uint8Array(0);
}

function intValue(value: number): Uint8Array {
  if (value < 0) {
    // Negative numbers are ten bytes of two's complement.
    const bytes = new Uint8Array(11);
    bytes[0] = 0x18;
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let at = 1; at < 11; at++) {
      bytes[at] = Number(rest & 0x7fn) | (at < 10 ? 0x80 : 0);
      rest >>= 7n;
    }
    return bytes;
  }
  const bytes = new Uint8Array(1 + varintSize(value));
  bytes[0] = 0x18;
  writeVarint(bytes, 1, value);
  return bytes;
}

function doubleValue(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0x21;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}
