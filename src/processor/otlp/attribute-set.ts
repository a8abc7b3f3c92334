import { attributeNames } from './attributes.ts';
import type { Body } from './body.ts';
import {
  arrayValue,
  boolValue,
  findPlainText,
  intValue,
  isValueMember,
  key,
  notPlain,
  stringValue,
  value,
} from './key-value.ts';
import { NameTable } from './name-table.ts';
import { cutAtCharacter, type StringCache } from './string-cache.ts';
import { listOfLabel, maxListItems, rangesOfList } from './text-list.ts';
import { endOfValue, valueStart as lastValueStart, readVarint, skipField } from './wire.ts';

/** Kinds of values, as far as the readers tell them apart. */
const noValue = 0;
const text = 1;
const integer = 2;
const boolean = 3;
const list = 4;
const otherValue = 5;

const table = new NameTable(attributeNames);
const noTexts: readonly string[] = [];

/**
 * The attributes of one point, span, log record or resource: for each that the readers know, where in the body its
 * value is. Nothing is decoded until it is asked for. Of an attribute given twice the last counts; an empty text is
 * not said.
 */
export class AttributeSet {
  /** Bit `n` is set where attribute `n` is there. */
  present = 0;
  /** Values of this request that were cut. */
  cut = 0;
  private readonly kinds = new Uint8Array(32);
  /** Of a list: its whole KeyValue. */
  private readonly starts = new Int32Array(32);
  private readonly ends = new Int32Array(32);
  /** Of each attribute the text that was read last, and where in this body it is. */
  private readonly lastStarts = new Int32Array(32);
  private readonly lastEnds = new Int32Array(32);
  private readonly lastTexts: string[] = new Array<string>(32).fill('');
  private readonly body: Body;
  private readonly strings: StringCache;
  private readonly maxTextBytes: number;

  constructor(body: Body, strings: StringCache, maxTextBytes: number) {
    this.body = body;
    this.strings = strings;
    this.maxTextBytes = maxTextBytes;
  }

  /** Another body is loaded: places in the one before mean nothing any more. */
  beginRequest(): void {
    this.lastEnds.fill(0);
    this.lastStarts.fill(0);
    this.cut = 0;
  }

  clear(): void {
    this.present = 0;
  }

  /**
   * Reads one KeyValue.
   *
   * @param start - The place of its length.
   * @returns The place behind it.
   */
  add(start: number): number {
    const { bytes, view } = this.body;
    const end = endOfValue(bytes, start);
    const first = lastValueStart;
    const plainValue = findPlainText(bytes, first, end);
    if (plainValue !== notPlain) {
      const code = table.find(view, first + 2, plainValue);
      if (code >= 0) this.set(code, text, plainValue + 4, end);
      return end;
    }
    let pos = first;
    let keyStart = end;
    let keyEnd = end;
    let kind = noValue;
    let valueStart = 0;
    let valueEnd = 0;
    while (pos < end) {
      const tag = bytes[pos]!;
      if (tag === key) {
        keyEnd = endOfValue(bytes, pos + 1);
        keyStart = lastValueStart;
        pos = keyEnd;
      } else if (tag === value) {
        const anyEnd = endOfValue(bytes, pos + 1);
        pos = lastValueStart;
        while (pos < anyEnd) {
          const member = bytes[pos]!;
          if (member === stringValue) {
            kind = text;
            valueEnd = endOfValue(bytes, pos + 1);
            valueStart = lastValueStart;
            pos = valueEnd;
            continue;
          }
          switch (member) {
            case boolValue:
              kind = boolean;
              valueStart = pos + 1;
              break;
            case intValue:
              kind = integer;
              valueStart = pos + 1;
              break;
            case arrayValue:
              kind = list;
              valueStart = first;
              valueEnd = end;
              break;
            default:
              if (isValueMember(member)) kind = otherValue;
          }
          pos = skipField(bytes, pos);
        }
      } else pos = skipField(bytes, pos);
    }
    const code = table.find(view, keyStart, keyEnd);
    if (code >= 0) this.set(code, kind, valueStart, valueEnd);
    return end;
  }

  private set(code: number, kind: number, start: number, end: number): void {
    if (kind === noValue || (kind === text && start === end)) {
      this.present &= ~(1 << code);
      return;
    }
    this.present |= 1 << code;
    this.kinds[code] = kind;
    this.starts[code] = start;
    this.ends[code] = end;
  }

  has(code: number): boolean {
    return (this.present & (1 << code)) !== 0;
  }

  hasText(code: number): boolean {
    return this.has(code) && this.kinds[code] === text;
  }

  /** How many bytes a text has; 0 where it isn't there or no text. */
  lengthOf(code: number): number {
    return this.hasText(code) ? this.ends[code]! - this.starts[code]! : 0;
  }

  /** Where a text begins in the body; only where `hasText`. */
  startOf(code: number): number {
    return this.starts[code]!;
  }

  /** Where a text ends in the body; only where `hasText`. */
  endOf(code: number): number {
    return this.ends[code]!;
  }

  /** The text of an attribute, cut to the longest allowed; empty where it isn't there or no text. */
  textOf(code: number): string {
    return this.has(code) ? this.readText(code) : '';
  }

  /** The whole text of an attribute; empty where it isn't there or no text. */
  wholeTextOf(code: number): string {
    return this.hasText(code) ? this.strings.get(this.body, this.starts[code]!, this.ends[code]!) : '';
  }

  /** Whether an attribute is true, as a boolean or in a label's words. */
  isTrue(code: number): boolean {
    if (!this.has(code)) return false;
    if (this.kinds[code] === boolean) return this.numberAt(code) !== 0;
    return this.textOf(code) === 'true';
  }

  /** A whole number, as an integer or in a label's digits; null where it isn't there. */
  integerOf(code: number): number | null {
    if (!this.has(code)) return null;
    if (this.kinds[code] === integer) return this.numberAt(code);
    const digits = this.textOf(code);
    return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
  }

  /** A list of texts, as an array or in a label: JSON, as the Collector writes arrays, or one name. */
  listOf(code: number): readonly string[] {
    if (!this.has(code)) return noTexts;
    if (this.kinds[code] !== list) return listOfLabel(this.textOf(code));
    const ranges = rangesOfList(this.body.bytes, this.starts[code]!, this.ends[code]!);
    const most = maxListItems * 2;
    if (ranges.length > most) this.cut++;
    const items: string[] = [];
    for (let i = 0; i < Math.min(ranges.length, most); i += 2)
      items.push(this.take(ranges[i]!, ranges[i + 1]!));
    return items;
  }

  /** Most texts are those of the item before. */
  private readText(code: number): string {
    if (this.kinds[code] !== text) return '';
    const start = this.starts[code]!;
    const end = this.ends[code]!;
    if (areSame(this.body.view, this.lastStarts[code]!, this.lastEnds[code]!, start, end)) {
      return this.lastTexts[code]!;
    }
    const read = this.take(start, end);
    if (end - start <= this.maxTextBytes) {
      this.lastStarts[code] = start;
      this.lastEnds[code] = end;
      this.lastTexts[code] = read;
    }
    return read;
  }

  private take(start: number, end: number): string {
    if (end - start <= this.maxTextBytes) return this.strings.get(this.body, start, end);
    this.cut++;
    return this.strings.get(this.body, start, cutAtCharacter(this.body.bytes, start, end, this.maxTextBytes));
  }

  private numberAt(code: number): number {
    return readVarint(this.body.bytes, this.starts[code]!);
  }
}

/** Whether two stretches of at least a byte are the same; the end first, where ids of one kind differ. */
function areSame(view: DataView, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  const length = end - start;
  if (otherEnd - otherStart !== length) return false;
  let left = length;
  while (left >= 4) {
    left -= 4;
    if (view.getInt32(start + left, true) !== view.getInt32(otherStart + left, true)) return false;
  }
  while (left > 0) {
    left--;
    if (view.getUint8(start + left) !== view.getUint8(otherStart + left)) return false;
  }
  return true;
}
