/** A time in which a way in told of nothing that was up to date. */
interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the request under way tells of so far. */
const undated = 0;
const oldNews = 1;
const news = 2;

/** When a way in told of what is, and when of nothing, or of what was. */
export interface Presence {
  /** The last request that was up to date. */
  lastRequestMs: number;
  /** The last request that told of old signs of life alone: a queue that is being worked off. */
  behindAtMs: number;
  told: typeof undated | typeof oldNews | typeof news;
  /** Absences that are over, while they may matter to somebody. */
  absences: readonly Absence[];
}

const noAbsences: readonly Absence[] = [];

/** A way in by which nothing has come yet. */
export function noPresence(): Presence {
  return {
    lastRequestMs: Number.NEGATIVE_INFINITY,
    behindAtMs: Number.NEGATIVE_INFINITY,
    told: undated,
    absences: noAbsences,
  };
}

/** The request under way tells of a sign of life, one that is old or one that is not. */
export function tellOf(way: Presence, isOld: boolean): void {
  const told = isOld ? oldNews : news;
  if (told > way.told) way.told = told;
}

/**
 * A request has arrived, after all that it tells of.
 *
 * @param way - By this way in.
 * @param nowMs - Its arrival.
 * @param shortestMs - Shorter absences matter to nobody.
 * @param isWitnessed - Whether enough agents came by it to tell its absence from their own.
 * @param isSuspended - Whether the processor itself was away until now: that is no absence of the way in.
 * @returns Whether it is up to date: it is not where it brings old news alone.
 */
export function hear(
  way: Presence,
  nowMs: number,
  shortestMs: number,
  isWitnessed: boolean,
  isSuspended: boolean,
): boolean {
  const { told, lastRequestMs, behindAtMs } = way;
  const wasBehind = behindAtMs > lastRequestMs;
  way.told = undated;
  if (told === oldNews) way.behindAtMs = nowMs;
  if (told === oldNews || (told === undated && wasBehind)) return false;
  if (!isSuspended && (isWitnessed || wasBehind)) {
    // After as long again as it lasted, an absence can matter to nobody.
    const kept = way.absences.filter(({ fromMs, toMs }) => nowMs - toMs <= toMs - fromMs);
    if (nowMs - lastRequestMs >= shortestMs) kept.push({ fromMs: lastRequestMs, toMs: nowMs });
    way.absences = kept.length === 0 ? noAbsences : kept;
  }
  way.lastRequestMs = nowMs;
  return true;
}

/**
 * Whoever was not heard as its way in was absent gets time to be heard again: where that was so half of the offline
 * limit before the deadline, and for as long at least, the agent has that half again from the way in's return. While
 * it works off a queue it returns with every request, though not beyond the hold.
 *
 * @param way - The way in.
 * @param atMs - The deadline by the agent's own signs of life.
 * @param limitMs - Its offline limit.
 * @param heldSinceMs - The hold begins with the last request that was up to date, though not before this.
 * @param holdMs - `gap_hold`.
 * @returns The deadline that counts, no earlier.
 */
export function deadlineBehind(
  way: Presence,
  atMs: number,
  limitMs: number,
  heldSinceMs: number,
  holdMs: number,
): number {
  const { absences, behindAtMs, lastRequestMs } = way;
  const halfMs = limitMs / 2;
  const matters = (fromMs: number, toMs: number): boolean =>
    toMs - fromMs >= halfMs && fromMs < atMs - halfMs && atMs - halfMs < toMs;
  let untilMs = atMs;
  for (const { fromMs, toMs } of absences) {
    if (matters(fromMs, toMs)) untilMs = Math.max(untilMs, toMs + halfMs);
  }
  if (!matters(lastRequestMs, behindAtMs)) return untilMs;
  const heldUntilMs = Math.max(lastRequestMs, heldSinceMs) + holdMs;
  return Math.max(untilMs, Math.min(behindAtMs + halfMs, heldUntilMs));
}

/** A way in no longer counts with others: what they were absent together stays true of it. */
export function inherit(way: Presence, { absences, behindAtMs, lastRequestMs }: Presence): void {
  const behind = behindAtMs > lastRequestMs ? [{ fromMs: lastRequestMs, toMs: behindAtMs }] : noAbsences;
  if (absences.length + behind.length > 0) way.absences = [...way.absences, ...absences, ...behind];
}

/** The processor itself was away: that is none of the way in. */
export function shiftPresence(way: Presence, pauseMs: number, nowMs: number): void {
  const moved = (ms: number): number => Math.min(nowMs, ms + pauseMs);
  way.lastRequestMs = moved(way.lastRequestMs);
  way.behindAtMs = moved(way.behindAtMs);
  if (way.absences.length > 0) {
    way.absences = way.absences.map(({ fromMs, toMs }) => ({ fromMs: moved(fromMs), toMs: moved(toMs) }));
  }
}
