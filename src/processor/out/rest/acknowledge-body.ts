import { BadRequest } from './bad-request.ts';
import { timeOf } from './query.ts';

/** What whoever acknowledges an alert says of it. */
export interface AcknowledgeBody {
  readonly by: string | null;
  readonly comment: string | null;
  /** Milliseconds since the epoch; `Infinity` where nothing is said. */
  readonly untilEpochMs: number;
}

const longest = { by: 256, comment: 1_024 } as const;

/**
 * Reads the body `{ by?, comment?, until? }`; it may be missing.
 *
 * @throws BadRequest that says what it must be.
 * @example
 * ```ts
 * readAcknowledgeBody({ by: 'ada', until: '2030-01-31T12:00:00Z' }).by; // 'ada'
 * ```
 */
export function readAcknowledgeBody(body: unknown): AcknowledgeBody {
  if (body === undefined || body === null) return { by: null, comment: null, untilEpochMs: Infinity };
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new BadRequest(
      'Cannot acknowledge as the body must be an object or nothing: current value is a list',
    );
  }
  for (const key of Object.keys(body)) {
    if (['by', 'comment', 'until'].includes(key)) continue;
    const said = JSON.stringify(key.slice(0, 64));
    throw new BadRequest(
      `Cannot acknowledge as the body must hold by, comment and until alone: current value has ${said}`,
    );
  }
  const { by, comment, until } = body as Record<string, unknown>;
  return {
    by: textOf(by, 'by'),
    comment: textOf(comment, 'comment'),
    untilEpochMs: until === undefined || until === null ? Infinity : timeOf(until, 'until'),
  };
}

/** Nothing and an empty text are the same. */
function textOf(value: unknown, name: keyof typeof longest): string | null {
  if (value === undefined || value === null) return null;
  const most = longest[name];
  if (typeof value !== 'string' || value.length > most) {
    const said =
      typeof value === 'string' ? `${value.length} characters` : JSON.stringify(value).slice(0, 64);
    throw new BadRequest(
      `Cannot acknowledge as ${name} must be a text of at most ${most} characters: current value is ${said}`,
    );
  }
  return value.trim() === '' ? null : value.trim();
}
