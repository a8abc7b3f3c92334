/**
 * When a refused agent may go on. Of several answers the most direct wins:
 *
 * 1. `retry-after-ms`, then `Retry-After`: the server's own answer to just this question. The draft of the
 *    RateLimit headers says that Retry-After must take precedence, and so do OpenAI and Anthropic: their
 *    `-reset` headers say when a limit is full again, a request passes earlier.
 * 2. Google's RetryInfo: the same answer in the body.
 * 3. The latest reset of the limits that are used up.
 * 4. A sentence of the provider (`Please try again in 6m0s`, `You will regain access on 2026-09-01`).
 * 5. The reset of the limit that most likely was hit (see reset-headers.ts).
 *
 * A later one is asked only if the earlier ones gave no usable time.
 */
import type { RecoverySource } from '@agent-vitals/contract';
import type { Refusal } from './classify.ts';
import type { RequestFailure } from './error-shapes.ts';
import { readMoment } from './moment.ts';
import { decidingResets, type ResetHeader } from './reset-headers.ts';
import { splitList } from './response-headers.ts';

export interface RecoveryLimits {
  /** Epoch milliseconds. */
  nowMs: number;
  /** A shorter wait, in milliseconds, is not believed; null where any is. */
  leastWaitMs: number | null;
  /** The farthest that is believed, in milliseconds from now. */
  maxRecoveryMs: number;
}

export interface Recovery {
  /** Epoch milliseconds; null if nobody said a usable one. */
  atMs: number | null;
  source: RecoverySource;
  /** Why times that were said are not used, each in words. */
  rejected: string[];
}

interface Candidate {
  /** Name of the header or of the place in the body. */
  name: string;
  /** As it was sent. */
  value: string;
  atMs: number | null;
}

/** Dates in headers have whole seconds: one that ended within the last second means now. */
const resolutionMs = 1_000;

const maxRejected = 4;

/** Reset headers count for these only: they say nothing of an empty account or of a provider's capacity. */
const limitedByRate: readonly Refusal[] = ['rate_limit', 'daily'];

/**
 * Finds the recovery time of a refusal.
 *
 * @returns the time with its source; without a usable one null and `default`, for whoever guesses
 */
export function recoveryOf(failure: RequestFailure, refusal: Refusal, limits: RecoveryLimits): Recovery {
  const rejected = new Set<string>();
  for (const { source, candidates } of answersOf(failure, refusal, limits.nowMs)) {
    const times: number[] = [];
    for (const candidate of candidates) {
      const objection = objectionTo(candidate, refusal, limits);
      if (objection === null) times.push(candidate.atMs!);
      else if (rejected.size < maxRejected) rejected.add(objection);
    }
    if (times.length > 0) {
      const atMs = Math.ceil(Math.max(...times, limits.nowMs));
      return { atMs, source, rejected: [...rejected] };
    }
  }
  return { atMs: null, source: 'default', rejected: [...rejected] };
}

function answersOf(failure: RequestFailure, refusal: Refusal, nowMs: number) {
  const { headers } = failure;
  const fromHeader = ({ header, value }: ResetHeader, unit: 's' | 'ms' = 's'): Candidate[] =>
    splitList(value).map((text) => ({ name: header, value: text, atMs: readMoment(text, nowMs, unit) }));
  const header = (name: string, unit: 's' | 'ms'): Candidate[] =>
    headers.has(name) ? fromHeader({ header: name, value: headers.get(name)! }, unit) : [];

  const { resets, usedUp } = limitedByRate.includes(refusal)
    ? decidingResets(headers)
    : { resets: [], usedUp: false };
  const resetTimes = resets.flatMap((reset) => fromHeader(reset));
  const answers: { source: RecoverySource; candidates: Candidate[] }[] = [
    { source: 'header', candidates: header('retry-after-ms', 'ms') },
    { source: 'header', candidates: header('x-ms-retry-after-ms', 'ms') },
    { source: 'header', candidates: header('retry-after', 's') },
    {
      source: 'reported',
      candidates: failure.retryDelays.map((value) => said('RetryInfo', value, value, nowMs)),
    },
    { source: 'header', candidates: usedUp ? resetTimes : [] },
    { source: 'reported', candidates: failure.messages.flatMap((message) => timeInWords(message, nowMs)) },
    { source: 'header', candidates: usedUp ? [] : resetTimes },
  ];
  return answers;
}

function said(name: string, value: string, text: string, nowMs: number): Candidate {
  return { name, value, atMs: readMoment(text, nowMs) };
}

const waitInWords =
  /\b(?:try again|retry|reset) (?:in|after) (\d[\d.]*(?:[dhms][\d.dhms]*| (?:second|minute|hour|day)s?))/i;
const dateInWords = /\bregain access on (\d{4}-\d{2}-\d{2}) at (\d{2}:\d{2}) UTC/i;

/** OpenAI, Azure and Google say a wait, Anthropic a date; the words around it are theirs. */
function timeInWords(message: string, nowMs: number): Candidate[] {
  const date = dateInWords.exec(message);
  if (date) return [said('the provider’s message', date[0], `${date[1]}T${date[2]}:00Z`, nowMs)];
  const wait = waitInWords.exec(message);
  if (!wait) return [];
  // `20 seconds` reads as `20s`; a sentence may end with the duration.
  const duration = wait[1]!.replace(/ (\w)\w*$/, '$1').replace(/\.$/, '');
  return [said('the provider’s message', wait[0], duration, nowMs)];
}

/** Why a time is not used, in words, or null if it is. */
function objectionTo(candidate: Candidate, refusal: Refusal, limits: RecoveryLimits): string | null {
  const { name, value, atMs } = candidate;
  const shown = value.slice(0, 64);
  if (atMs === null) {
    return `Cannot use ${name} as recovery time must be seconds, a duration, an epoch or a date: current value is ${JSON.stringify(shown)}`;
  }
  const waitMs = atMs - limits.nowMs;
  const current = `current value is ${shown} (${isoOf(atMs)})`;
  if (waitMs <= -resolutionMs) return `Cannot use ${name} as recovery time must be in the future: ${current}`;
  if (waitMs > limits.maxRecoveryMs) {
    return `Cannot use ${name} as recovery time must be at most ${spanOf(limits.maxRecoveryMs)} ahead: ${current}`;
  }
  if (limits.leastWaitMs !== null && waitMs < limits.leastWaitMs) {
    const kind = refusal === 'billing' ? 'a billing limit' : 'a daily quota';
    return `Cannot use ${name} as recovery time of ${kind} must be at least ${spanOf(limits.leastWaitMs)} ahead: ${current}`;
  }
  return null;
}

function spanOf(ms: number): string {
  return ms > 0 && ms % 86_400_000 === 0 ? `${ms / 86_400_000} days` : `${ms / 1_000} s`;
}

function isoOf(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? 'beyond all dates' : date.toISOString();
}
