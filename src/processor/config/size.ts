const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const pattern = /^(\d+(?:\.\d+)?) ?(b|[kmgt]i?b)?$/i;

/**
 * Reads a size such as `20MiB`, `1GiB`, `5MB` or plain bytes. Binary units are powers of 1024, decimal ones of 1000.
 *
 * @param text - The size as written.
 * @returns Whole bytes; undefined where the text is no size.
 * @example
 * ```ts
 * parseSizeBytes('20MiB'); // 20971520
 * ```
 */
export function parseSizeBytes(text: string): number | undefined {
  const match = pattern.exec(text);
  const unit = unitBytes[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) return undefined;
  return Math.round(Number(match[1]) * unit);
}

/**
 * Writes a size in the greatest binary unit that holds it exactly.
 *
 * @param bytes - Whole bytes.
 * @example
 * ```ts
 * formatSizeBytes(20_971_520); // '20MiB'
 * ```
 */
export function formatSizeBytes(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const factor = unitBytes[unit.toLowerCase()] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}
