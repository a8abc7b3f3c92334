const nothing = Buffer.alloc(0);

/** The bytes under way, and the same bytes as numbers. All parts of a reader share one. */
export class Body {
  bytes: Buffer = nothing;
  view: DataView = new DataView(nothing.buffer);

  load(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** A body of 64 MiB mustn't live on in a reader that waits for the next one. */
  unload(): void {
    this.load(nothing);
  }
}
