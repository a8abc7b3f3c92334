import { arrayValue, isValueMember, stringValue, value } from './key-value.ts';
import { endOfValue, lengthDelimited, skipField, tagOf, valueStart } from './wire.ts';

const element = tagOf(1, lengthDelimited);
const nothing: readonly string[] = [];
/** Of longer lists the rest is left out. */
export const maxListItems = 256;

/**
 * Finds the texts of an attribute that is an array. Arrays of one value that comes in pieces are joined, as protobuf
 * merges messages; elements that are no text, or an empty one, are left out.
 *
 * @param bytes - A body that `validate` has walked.
 * @param start - Where the KeyValue's fields begin.
 * @param end - Where they end.
 * @returns Start and end of each text in turn; one more than {@link maxListItems} tells that there are more.
 */
export function rangesOfList(bytes: Uint8Array, start: number, end: number): number[] {
  let ranges: number[] = [];
  let pos = start;
  while (pos < end) {
    if (bytes[pos] !== value) {
      pos = skipField(bytes, pos);
      continue;
    }
    const anyEnd = endOfValue(bytes, pos + 1);
    pos = valueStart;
    while (pos < anyEnd) {
      const member = bytes[pos]!;
      if (member === arrayValue) addArray(bytes, pos + 1, ranges);
      else if (isValueMember(member)) ranges = [];
      pos = skipField(bytes, pos);
    }
  }
  return ranges;
}

function addArray(bytes: Uint8Array, length: number, ranges: number[]): void {
  const end = endOfValue(bytes, length);
  let pos = valueStart;
  while (pos < end) {
    if (bytes[pos] === element) addElement(bytes, pos + 1, ranges);
    pos = skipField(bytes, pos);
  }
}

function addElement(bytes: Uint8Array, length: number, ranges: number[]): void {
  const end = endOfValue(bytes, length);
  let pos = valueStart;
  let textStart = 0;
  let textEnd = 0;
  while (pos < end) {
    const member = bytes[pos]!;
    if (member === stringValue) {
      textEnd = endOfValue(bytes, pos + 1);
      textStart = valueStart;
    } else if (isValueMember(member)) textEnd = textStart;
    pos = skipField(bytes, pos);
  }
  if (textEnd !== textStart && ranges.length <= 2 * maxListItems) ranges.push(textStart, textEnd);
}

/**
 * Reads a list out of a label: JSON, as the Collector writes arrays into labels, or one name.
 *
 * @param label - The label's value.
 * @returns The names; none where the label is empty.
 */
export function listOfLabel(label: string): readonly string[] {
  if (label === '') return nothing;
  if (label.startsWith('[')) {
    try {
      const items: unknown = JSON.parse(label);
      if (Array.isArray(items)) return items.filter((item) => typeof item === 'string' && item !== '');
    } catch {
      // Not JSON: a name that begins with a bracket.
    }
  }
  return [label];
}
