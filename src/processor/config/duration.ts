const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
type Unit = keyof typeof unitsMs;

/** Each unit at most once, the greatest first, so that `1m30s` is one and `30s1m` is a slip. */
const pattern =
  /^(?:(?<d>\d+(?:\.\d+)?)d)?(?:(?<h>\d+(?:\.\d+)?)h)?(?:(?<m>\d+(?:\.\d+)?)m)?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+(?:\.\d+)?)ms)?$/;

/**
 * Reads a duration such as `500ms`, `30s`, `2m`, `5h`, `7d` or `1m30s`. A bare number has no unit and is none, save 0.
 *
 * @param text - The duration as written.
 * @returns Milliseconds, rounded to whole ones; undefined where the text is no duration.
 * @example
 * ```ts
 * parseDurationMs('1m30s'); // 90000
 * ```
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const groups = text === '' ? undefined : pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  let totalMs = 0;
  for (const unit of Object.keys(unitsMs) as Unit[]) totalMs += Number(groups[unit] ?? 0) * unitsMs[unit];
  return Math.round(totalMs);
}

/**
 * Writes a duration as {@link parseDurationMs} reads it.
 *
 * @param durationMs - Whole milliseconds, 0 or more.
 * @example
 * ```ts
 * formatDurationMs(90_000); // '1m30s'
 * ```
 */
export function formatDurationMs(durationMs: number): string {
  let restMs = durationMs;
  let text = '';
  for (const [unit, unitMs] of Object.entries(unitsMs)) {
    const count = Math.floor(restMs / unitMs);
    if (count > 0) text += `${count}${unit}`;
    restMs -= count * unitMs;
  }
  return text === '' ? '0s' : text;
}
