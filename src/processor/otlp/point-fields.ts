import type { Observation } from '../../core/index.ts';
import type { AttributeSet } from './attribute-set.ts';
import type { Body } from './body.ts';
import {
  fixed64,
  lengthDelimited,
  readDouble,
  readNanosecondsAsMs,
  readSigned64,
  readUnsigned64,
  readVarint,
  skipField,
  tagOf,
  varint,
} from './wire.ts';

// Of all points.
const startTime = tagOf(2, fixed64);
const time = tagOf(3, fixed64);
// Of number points.
const asDouble = tagOf(4, fixed64);
const asInt = tagOf(6, fixed64);
const numberAttributes = tagOf(7, lengthDelimited);
const numberFlags = tagOf(8, varint);
// Of histogram points; those of exponential ones differ only in where the attributes are.
const count = tagOf(4, fixed64);
const sum = tagOf(5, fixed64);
const histogramFlags = tagOf(10, varint);
export const histogramAttributes = tagOf(9, lengthDelimited);
export const exponentialAttributes = tagOf(1, lengthDelimited);

const noRecordedValueFlag = 1;

/**
 * Forgets the point before.
 *
 * @param observation - Of which only what a point's own fields say is set back.
 */
export function clearPoint(observation: Observation): void {
  observation.startTimeMs = 0;
  observation.timeMs = 0;
  observation.value = 0;
  observation.count = 0;
  observation.noRecordedValue = false;
}

/**
 * Reads a NumberDataPoint.
 *
 * @param body - That `validate` has walked.
 * @param start - The point's first field.
 * @param end - The place behind its last one.
 * @param observation - Cleared; takes times, value and flag.
 * @param attributes - Cleared; takes the attributes.
 * @returns Whether it has a value.
 */
export function readNumberPoint(
  { bytes, view }: Body,
  start: number,
  end: number,
  observation: Observation,
  attributes: AttributeSet,
): boolean {
  let hasValue = false;
  let pos = start;
  while (pos < end) {
    switch (bytes[pos]) {
      case startTime:
        observation.startTimeMs = readNanosecondsAsMs(view, pos + 1);
        pos += 9;
        break;
      case time:
        observation.timeMs = readNanosecondsAsMs(view, pos + 1);
        pos += 9;
        break;
      case asDouble:
        observation.value = readDouble(view, pos + 1);
        hasValue = true;
        pos += 9;
        break;
      case asInt:
        observation.value = readSigned64(view, pos + 1);
        hasValue = true;
        pos += 9;
        break;
      case numberAttributes:
        pos = attributes.add(pos + 1);
        break;
      case numberFlags:
        observation.noRecordedValue = hasNoRecordedValue(bytes, pos + 1);
        pos = skipField(bytes, pos);
        break;
      default:
        pos = skipField(bytes, pos);
    }
  }
  return hasValue;
}

/**
 * Reads a HistogramDataPoint or ExponentialHistogramDataPoint. One without a sum still counts.
 *
 * @param body - That `validate` has walked.
 * @param start - The point's first field.
 * @param end - The place behind its last one.
 * @param observation - Cleared; takes times, count, sum and flag.
 * @param attributes - Cleared; takes the attributes.
 * @param attributesTag - {@link histogramAttributes} or {@link exponentialAttributes}.
 */
export function readHistogramPoint(
  { bytes, view }: Body,
  start: number,
  end: number,
  observation: Observation,
  attributes: AttributeSet,
  attributesTag: number,
): void {
  let pos = start;
  while (pos < end) {
    const tag = bytes[pos]!;
    if (tag === attributesTag) {
      pos = attributes.add(pos + 1);
      continue;
    }
    switch (tag) {
      case startTime:
        observation.startTimeMs = readNanosecondsAsMs(view, pos + 1);
        break;
      case time:
        observation.timeMs = readNanosecondsAsMs(view, pos + 1);
        break;
      case count:
        observation.count = readUnsigned64(view, pos + 1);
        break;
      case sum:
        observation.value = readDouble(view, pos + 1);
        break;
      case histogramFlags:
        observation.noRecordedValue = hasNoRecordedValue(bytes, pos + 1);
        break;
    }
    pos = skipField(bytes, pos);
  }
}

function hasNoRecordedValue(bytes: Uint8Array, start: number): boolean {
  return (readVarint(bytes, start) & noRecordedValueFlag) !== 0;
}
