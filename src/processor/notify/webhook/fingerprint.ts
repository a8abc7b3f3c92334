/** No byte of UTF-8: nothing that is hashed can look like it. */
const separator = 0xff;

/**
 * Alertmanager's name for an alert: FNV-1a over its sorted labels (`LabelSet.Fingerprint` in prometheus/common).
 *
 * @param labels - All of them; two alerts with the same labels are the same one.
 * @returns 16 hexadecimal digits.
 * @example
 * ```ts
 * fingerprintOf({ alertname: 'Watchdog' }); // '003b0a0f7d3fa569'
 * ```
 */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const hash = new Fnv1a64();
  for (const name of Object.keys(labels).sort()) {
    hash.add(Buffer.from(name));
    hash.addByte(separator);
    hash.add(Buffer.from(labels[name]!));
    hash.addByte(separator);
  }
  return hash.hex;
}

/** FNV-1a, 64 bits (draft-eastlake-fnv), in two halves of 32: the prime is 2^40 + 0x1b3. */
class Fnv1a64 {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  add(bytes: Uint8Array): void {
    for (const byte of bytes) this.addByte(byte);
  }

  addByte(byte: number): void {
    const low = (this.#low ^ byte) >>> 0;
    const product = low * 0x1b3;
    this.#high = (Math.imul(this.#high, 0x1b3) + low * 0x100 + Math.floor(product / 2 ** 32)) >>> 0;
    this.#low = product >>> 0;
  }

  get hex(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }
}
