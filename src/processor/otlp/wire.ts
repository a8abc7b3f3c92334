/** Wire types of the protobuf encoding. */
export const varint = 0;
export const fixed64 = 1;
export const lengthDelimited = 2;
export const groupStart = 3;
export const groupEnd = 4;
export const fixed32 = 5;

/** Groups may nest as deep as protobuf's own decoders allow. */
const maxGroupDepth = 100;
const twoTo32 = 4_294_967_296;

/** The body isn't what its content type says. It was rejected as a whole: nothing of it was applied. */
export class MalformedRequestError extends Error {
  override name = 'MalformedRequestError';
}

/**
 * Makes the tag that stands before a field on the wire.
 *
 * @param field - The field's number; up to 15 the tag is one byte.
 * @param wireType - How its value is written.
 * @returns The tag.
 */
export function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

// What a function below found beside what it returns; read it before the next call. An object for the two would be
// made several times for each data point.

/** Where the varint that `readVarint32` read last ended. */
export let varintEnd = 0;
/** Where the value of which `endOfValue` found the end begins. */
export let valueStart = 0;

/**
 * Reads a tag or a length, which must fit 32 bits.
 *
 * @param bytes - The body.
 * @param start - Its first byte.
 * @param end - Where the surrounding message ends.
 * @returns The value; {@link varintEnd} is the place behind it.
 * @throws MalformedRequestError where it runs over `end` or 32 bits.
 */
export function readVarint32(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let shift = 0;
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos]!;
    if (shift === 28 && byte > 0x0f) throw new MalformedRequestError('a tag or length is over 32 bits');
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      varintEnd = pos + 1;
      return value >>> 0;
    }
    shift += 7;
  }
  throw new MalformedRequestError('the body ends within a number');
}

/**
 * Finds the end of a field's value.
 *
 * @param bytes - The body.
 * @param start - The place behind the field's tag.
 * @param end - Where the surrounding message ends.
 * @param tag - That tag.
 * @param depth - How many groups are open.
 * @returns The place behind the value, at most `end`.
 * @throws MalformedRequestError where the value runs over `end` or its wire type doesn't exist.
 */
export function skipValue(bytes: Uint8Array, start: number, end: number, tag: number, depth = 0): number {
  let pos = start;
  switch (tag & 7) {
    case varint:
      return skipVarint(bytes, start, end);
    case fixed64:
      pos += 8;
      break;
    case lengthDelimited:
      pos = readVarint32(bytes, start, end);
      pos += varintEnd;
      break;
    case groupStart:
      return skipGroup(bytes, start, end, tag >>> 3, depth + 1);
    case fixed32:
      pos += 4;
      break;
    default:
      throw new MalformedRequestError(`a field has the wire type ${tag & 7}`);
  }
  if (pos > end) throw new MalformedRequestError('a field is longer than the message it is in');
  return pos;
}

function skipVarint(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + 10);
  for (let pos = start; pos < limit; pos++) if (bytes[pos]! < 0x80) return pos + 1;
  throw new MalformedRequestError('a number has no end');
}

/** A group is a deprecated form that OTLP never uses, but every protobuf reader must be able to skip. */
function skipGroup(bytes: Uint8Array, start: number, end: number, field: number, depth: number): number {
  if (depth > maxGroupDepth) throw new MalformedRequestError('groups are nested too deep');
  let pos = start;
  while (pos < end) {
    const tag = readVarint32(bytes, pos, end);
    pos = varintEnd;
    if (tag < 8) throw new MalformedRequestError('a field has the number 0');
    if ((tag & 7) === groupEnd) {
      if (tag >>> 3 !== field) throw new MalformedRequestError('a group ends that did not begin');
      return pos;
    }
    pos = skipValue(bytes, pos, end, tag, depth);
  }
  throw new MalformedRequestError('the body ends within a group');
}

// What follows checks no bounds: it reads only what `validate` has walked before.

/**
 * Skips a field that the reader doesn't take.
 *
 * @param bytes - The body.
 * @param start - The field's tag.
 * @returns The place behind the field.
 */
export function skipField(bytes: Uint8Array, start: number): number {
  const firstByte = bytes[start]!;
  if (firstByte < 0x80) {
    if ((firstByte & 7) === lengthDelimited) return endOfValue(bytes, start + 1);
    if ((firstByte & 7) === fixed64) return start + 9;
  }
  const tag = readVarint32(bytes, start, bytes.length);
  return skipValue(bytes, varintEnd, bytes.length, tag);
}

/**
 * Finds the end of a length-delimited value.
 *
 * @param bytes - The body.
 * @param start - The place of the length, behind the tag.
 * @returns The place behind the value; {@link valueStart} is where it begins.
 */
export function endOfValue(bytes: Uint8Array, start: number): number {
  const length = bytes[start]!;
  if (length < 0x80) {
    valueStart = start + 1;
    return start + 1 + length;
  }
  const longLength = readVarint32(bytes, start, bytes.length);
  valueStart = varintEnd;
  return varintEnd + longLength;
}

/** Reads the varint of an int64 or uint32 as the nearest double. */
export function readVarint(bytes: Uint8Array, start: number): number {
  let low = 0;
  let middle = 0;
  let high = 0;
  for (let pos = start, shift = 0; ; pos++, shift += 7) {
    const byte = bytes[pos]!;
    if (shift < 28) low |= (byte & 0x7f) << shift;
    else if (shift < 56) middle |= (byte & 0x7f) << (shift - 28);
    else high |= (byte & 0x7f) << (shift - 56);
    if (byte < 0x80) break;
  }
  const upper = (middle >>> 4) | (high << 24);
  return upper * twoTo32 + ((low | (middle << 28)) >>> 0);
}

/** Reads an sfixed64 as the nearest double: a sum of two integers is rounded once. */
export function readSigned64(view: DataView, start: number): number {
  return view.getInt32(start + 4, true) * twoTo32 + view.getUint32(start, true);
}

/** Reads a fixed64 as the nearest double. */
export function readUnsigned64(view: DataView, start: number): number {
  return view.getUint32(start + 4, true) * twoTo32 + view.getUint32(start, true);
}

/** Reads a fixed64 of nanoseconds as milliseconds, good to a quarter of a microsecond in this century. */
export function readNanosecondsAsMs(view: DataView, start: number): number {
  return readUnsigned64(view, start) / 1e6;
}

/** Reads a double. */
export function readDouble(view: DataView, start: number): number {
  return view.getFloat64(start, true);
}
