/**
 * What a rule says of a subject now: its condition `holds`, is `over`, or is `unknown`; `silent`: nobody has looked,
 * only time has passed.
 */
export type Verdict = 'holds' | 'over' | 'unknown' | 'silent';

/** The life of an alert that isn't over; times on the caller's time line. */
export interface AlertLife {
  readonly state: 'pending' | 'firing';
  /** Since when the condition has held, the time in which it was unknown not counted while pending. */
  readonly activeAtMs: number;
  /** Null while pending. */
  readonly firedAtMs: number | null;
  /** Since when the condition of a firing alert has been over; null where it isn't. */
  readonly overSinceMs: number | null;
  /** Since when nobody can tell; null where somebody can. */
  readonly unknownSinceMs: number | null;
}

export interface AlertTiming {
  readonly forMs: number;
  readonly keepFiringForMs: number;
}

/** What becomes of a life; null is inactive. */
export interface LifeStep {
  readonly life: AlertLife | null;
  /** When a firing alert was resolved; null where none was. */
  readonly resolvedAtMs: number | null;
}

/**
 * Takes an alert's life one step on: as Prometheus does in each evaluation (rules/alerting.go, `Eval`), with three
 * differences. What falls due is dated when it was due, not when somebody looked; a condition that can't be told
 * leaves the alert as it is; and a judgement may say when it became true.
 *
 * @param life - The life so far; null is inactive.
 * @param verdict - What the rule says.
 * @param timing - `for` and `keep_firing_for`.
 * @param nowMs - Now.
 * @param atMs - Since when the verdict is true, where that is known; not later than now.
 * @returns The life from now on.
 * @example
 * ```ts
 * stepLife(null, 'holds', { forMs: 0, keepFiringForMs: 0 }, 5_000).life?.state; // 'firing'
 * ```
 */
export function stepLife(
  life: AlertLife | null,
  verdict: Verdict,
  timing: AlertTiming,
  nowMs: number,
  atMs: number = nowMs,
): LifeStep {
  const since = Math.min(atMs, nowMs);
  switch (verdict) {
    case 'holds':
      return { life: fireIfDue(hold(life, nowMs, since), timing, nowMs), resolvedAtMs: null };
    case 'over':
      if (life === null || life.state === 'pending') return { life: null, resolvedAtMs: null };
      return resolveIfDue(
        { ...life, overSinceMs: life.overSinceMs ?? since, unknownSinceMs: null },
        timing,
        nowMs,
      );
    case 'unknown':
      if (life !== null && life.unknownSinceMs === null) {
        return { life: { ...life, unknownSinceMs: since }, resolvedAtMs: null };
      }
      return { life, resolvedAtMs: null };
    case 'silent':
      if (life === null || life.unknownSinceMs !== null) return { life, resolvedAtMs: null };
      if (life.state === 'pending') return { life: fireIfDue(life, timing, nowMs), resolvedAtMs: null };
      return resolveIfDue(life, timing, nowMs);
  }
}

/**
 * When something becomes of an alert by itself.
 *
 * @returns Milliseconds on the caller's time line, `Infinity` for never.
 */
export function lifeDueMs(life: AlertLife, { forMs, keepFiringForMs }: AlertTiming): number {
  if (life.unknownSinceMs !== null) return Number.POSITIVE_INFINITY;
  if (life.state === 'pending') return life.activeAtMs + forMs;
  return life.overSinceMs === null ? Number.POSITIVE_INFINITY : life.overSinceMs + keepFiringForMs;
}

function hold(life: AlertLife | null, nowMs: number, since: number): AlertLife {
  if (life === null) {
    return { state: 'pending', activeAtMs: since, firedAtMs: null, overSinceMs: null, unknownSinceMs: null };
  }
  // What nobody saw is no part of the time for which it must hold.
  const unseenMs =
    life.state === 'pending' && life.unknownSinceMs !== null ? Math.max(0, nowMs - life.unknownSinceMs) : 0;
  if (life.overSinceMs === null && life.unknownSinceMs === null) return life;
  return { ...life, activeAtMs: life.activeAtMs + unseenMs, overSinceMs: null, unknownSinceMs: null };
}

function fireIfDue(life: AlertLife, { forMs }: AlertTiming, nowMs: number): AlertLife {
  const dueMs = life.activeAtMs + forMs;
  if (life.state === 'firing' || dueMs > nowMs) return life;
  return { ...life, state: 'firing', firedAtMs: dueMs };
}

function resolveIfDue(life: AlertLife, { keepFiringForMs }: AlertTiming, nowMs: number): LifeStep {
  if (life.overSinceMs === null) return { life, resolvedAtMs: null };
  const dueMs = life.overSinceMs + keepFiringForMs;
  return dueMs > nowMs ? { life, resolvedAtMs: null } : { life: null, resolvedAtMs: dueMs };
}
