import { fixed64, lengthDelimited, tagOf, varint } from './wire.ts';

/** Room for a length, which comes before what it measures is known: 28 bits. */
const lengthBytes = 4;

/** Writes protobuf into one growing buffer. */
export class ProtoWriter {
  private buffer: Buffer;
  private view: DataView;
  private pos = 0;

  /** @param sizeHint - About how many bytes there will be. */
  constructor(sizeHint: number) {
    this.buffer = Buffer.allocUnsafe(Math.max(sizeHint, 64));
    this.view = viewOf(this.buffer);
  }

  /** What was written; the buffer is not used again. */
  finish(): Buffer {
    return this.buffer.subarray(0, this.pos);
  }

  /** Begins a message or another length-delimited field; returns what {@link end} needs. */
  begin(field: number): number {
    this.reserve(10);
    this.writeVarint(tagOf(field, lengthDelimited));
    this.pos += lengthBytes;
    return this.pos;
  }

  /** Ends it; what was written moves up over the room that its length doesn't need. */
  end(start: number): void {
    const length = this.pos - start;
    if (length >= 2 ** 28)
      throw new RangeError(`Cannot write ${length} bytes as a field must be under 256 MiB`);
    this.pos = start - lengthBytes;
    this.writeVarint(length);
    this.buffer.copyWithin(this.pos, start, start + length);
    this.pos += length;
  }

  /**
   * Writes a text. Half a character (a lone surrogate, which JSON can express and UTF-8 can't) is written as a byte
   * that no UTF-8 has, so that two ids which differ in such halves don't become one.
   */
  text(field: number, text: string): void {
    const start = this.begin(field);
    const wellFormed = text.isWellFormed();
    this.reserve(Buffer.byteLength(text) + 1);
    if (!wellFormed) this.buffer[this.pos++] = 0xff;
    this.pos += this.buffer.write(text, this.pos, 'utf8');
    this.end(start);
  }

  /** An int64, uint32, enum or bool. */
  varint(field: number, value: bigint): void {
    this.reserve(20);
    this.writeVarint(tagOf(field, varint));
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.buffer[this.pos++] = Number(rest & 0x7fn) | 0x80;
    this.buffer[this.pos++] = Number(rest);
  }

  /** A fixed64 or sfixed64. */
  fixed64(field: number, value: bigint): void {
    this.reserve(18);
    this.writeVarint(tagOf(field, fixed64));
    this.view.setBigUint64(this.pos, BigInt.asUintN(64, value), true);
    this.pos += 8;
  }

  double(field: number, value: number): void {
    this.reserve(18);
    this.writeVarint(tagOf(field, fixed64));
    this.view.setFloat64(this.pos, value, true);
    this.pos += 8;
  }

  private writeVarint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.buffer[this.pos++] = (rest & 0x7f) | 0x80;
    this.buffer[this.pos++] = rest;
  }

  private reserve(bytes: number): void {
    if (this.pos + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.pos + bytes));
    this.buffer.copy(grown, 0, 0, this.pos);
    this.buffer = grown;
    this.view = viewOf(grown);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
