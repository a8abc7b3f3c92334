import { fixed64, lengthDelimited, tagOf, varint } from './wire.ts';

// Tags within KeyValue …
export const key = tagOf(1, lengthDelimited);
export const value = tagOf(2, lengthDelimited);
// … and AnyValue.
export const stringValue = tagOf(1, lengthDelimited);
export const boolValue = tagOf(2, varint);
export const intValue = tagOf(3, varint);
const doubleValue = tagOf(4, fixed64);
export const arrayValue = tagOf(5, lengthDelimited);
const kvlistValue = tagOf(6, lengthDelimited);
const bytesValue = tagOf(7, lengthDelimited);
const stringIndex = tagOf(8, varint);

/** The KeyValue must be read field by field. */
export const notPlain = -1;

/**
 * Recognizes the KeyValue that every encoder writes for nearly every attribute: a key, then a value that is one text,
 * both shorter than 126 bytes, and nothing else. Such a one needs neither be validated nor read field by field, which
 * saves a quarter of the time where identity is on the points.
 *
 * @param bytes - The body.
 * @param start - Where the KeyValue's fields begin.
 * @param end - Where they end.
 * @returns The place of the value's tag: the key is from `start + 2` to there, the text from four bytes behind it to
 *   `end`; {@link notPlain} for any other layout.
 */
export function findPlainText(bytes: Uint8Array, start: number, end: number): number {
  const keyLength = bytes[start + 1]!;
  const valueTag = start + 2 + keyLength;
  const textLength = end - valueTag - 4;
  return textLength >= 0 &&
    textLength < 0x7e &&
    keyLength < 0x80 &&
    bytes[start] === key &&
    bytes[valueTag] === value &&
    bytes[valueTag + 1] === textLength + 2 &&
    bytes[valueTag + 2] === stringValue &&
    bytes[valueTag + 3] === textLength
    ? valueTag
    : notPlain;
}

/**
 * Tells the members of AnyValue's oneof from other fields: each takes the place of what was there before it.
 *
 * @param tag - A tag within AnyValue.
 */
export function isValueMember(tag: number): boolean {
  switch (tag) {
    case stringValue:
    case boolValue:
    case intValue:
    case doubleValue:
    case arrayValue:
    case kvlistValue:
    case bytesValue:
    case stringIndex:
      return true;
    default:
      return false;
  }
}
