import type protobuf from 'protobufjs';
import type { Random } from './random.ts';

/*
 * Writes the same message as another encoder might: fields in any order, messages in pieces that are to be merged,
 * lengths longer than they need be, and fields that nobody knows in between.
 */

interface Field {
  readonly number: number;
  readonly wireType: number;
  /** The value; of a length-delimited field without its length. */
  readonly value: Buffer;
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  let end = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[end++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end };
  }
}

function writeVarint(value: number, extraBytes = 0): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  for (let i = 0; i < extraBytes; i++) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(0);
  }
  return Buffer.from(bytes);
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let pos = 0;
  while (pos < bytes.length) {
    const tag = readVarint(bytes, pos);
    const wireType = tag.value & 7;
    let start = tag.end;
    let end = start;
    if (wireType === 0) ({ end } = readVarint(bytes, start));
    else if (wireType === 1) end += 8;
    else if (wireType === 5) end += 4;
    else {
      const length = readVarint(bytes, start);
      start = length.end;
      end = start + length.value;
    }
    fields.push({ number: tag.value >>> 3, wireType, value: bytes.subarray(start, end) });
    pos = end;
  }
  return fields;
}

function write({ number, wireType, value }: Field, random: Random): Buffer {
  const tag = writeVarint(number * 8 + wireType);
  if (wireType !== 2) return Buffer.concat([tag, value]);
  const spare = 4 - writeVarint(value.length).length;
  return Buffer.concat([
    tag,
    writeVarint(value.length, random.chance(0.1) ? random.below(spare + 1) : 0),
    value,
  ]);
}

/** Fields of numbers that OTLP doesn't use, a group among them. */
function unknownField(random: Random): Buffer {
  switch (random.below(5)) {
    case 0:
      return write({ number: 99, wireType: 0, value: Buffer.from([0xff, 0xff, 0x03]) }, random);
    case 1:
      return write({ number: 14, wireType: 5, value: Buffer.alloc(4, 7) }, random);
    case 2:
      return write({ number: 1000, wireType: 1, value: Buffer.alloc(8, 9) }, random);
    case 3:
      return write({ number: 31, wireType: 2, value: Buffer.from('anything at all') }, random);
    default: {
      const inner = unknownField(random);
      return Buffer.concat([writeVarint(77 * 8 + 3), inner, writeVarint(77 * 8 + 4)]);
    }
  }
}

/** Deals a message's fields out to two messages, which merged are the one again. */
function split(message: Buffer, random: Random): Buffer[] {
  const pieces: [Buffer[], Buffer[]] = [[], []];
  for (const field of fieldsOf(message)) pieces[random.below(2)]!.push(write(field, random));
  return pieces.map((fields) => Buffer.concat(fields));
}

/**
 * Rewrites a message.
 *
 * @param bytes - As protobufjs encoded it.
 * @param type - What it is.
 * @param random - Decides.
 * @returns Other bytes that say the same, except where a oneof has been set twice.
 */
export function scramble(bytes: Buffer, type: protobuf.Type, random: Random): Buffer {
  const written: Buffer[] = [];
  for (const field of fieldsOf(bytes)) {
    const known = type.fieldsById[field.number]?.resolve();
    const child = known?.resolvedType;
    if (child === undefined || child === null || !('fieldsById' in child)) {
      written.push(write(field, random));
      continue;
    }
    const pieces =
      known?.repeated !== true && random.chance(0.1) ? split(field.value, random) : [field.value];
    for (const piece of pieces)
      written.push(write({ ...field, value: scramble(piece, child, random) }, random));
  }
  if (random.chance(0.1)) written.push(unknownField(random));
  return Buffer.concat(random.chance(0.8) ? random.shuffle(written) : written);
}
