import type { Body } from './body.ts';
import type { Subject } from './subject.ts';
import { endOfValue, lengthDelimited, skipField, tagOf, valueStart } from './wire.ts';

// The same in metrics, traces and logs: the request has groups by resource, these have scopes, these have items.
export const groupField = tagOf(1, lengthDelimited);
export const scopeField = tagOf(2, lengthDelimited);
export const itemField = tagOf(2, lengthDelimited);

/**
 * Walks the spans or log records of a request, each with its resource read before.
 *
 * @param body - A request that `validate` has walked.
 * @param subject - Takes the resources.
 * @param readItem - Reads one item; gets its place, which ends before `end`.
 */
export function walkItems(
  body: Body,
  subject: Subject,
  readItem: (start: number, end: number) => void,
): void {
  const { bytes } = body;
  let pos = 0;
  while (pos < bytes.length) {
    if (bytes[pos] !== groupField) {
      pos = skipField(bytes, pos);
      continue;
    }
    const groupEnd = endOfValue(bytes, pos + 1);
    const groupStart = valueStart;
    subject.readResource(groupStart, groupEnd);
    pos = groupStart;
    while (pos < groupEnd) {
      if (bytes[pos] !== scopeField) {
        pos = skipField(bytes, pos);
        continue;
      }
      const scopeEnd = endOfValue(bytes, pos + 1);
      pos = valueStart;
      while (pos < scopeEnd) {
        if (bytes[pos] === itemField) {
          const itemEnd = endOfValue(bytes, pos + 1);
          readItem(valueStart, itemEnd);
          pos = itemEnd;
        } else pos = skipField(bytes, pos);
      }
    }
  }
}
