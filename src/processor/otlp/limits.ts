import type { OtlpEncoding } from './reader.ts';
import { Refusal } from './refusal.ts';

const mebibyte = 2 ** 20;
/** The tree that JSON.parse makes is up to a dozen times its text. */
const maxJsonBytes = 20 * mebibyte;

/** How long something may be, and which key of the configuration says so; undefined where none does. */
export interface Limit {
  readonly maxBytes: number;
  readonly key: string | undefined;
}

/** Of the bodies of one encoding. */
export interface BodyLimits {
  readonly asSent: Limit;
  readonly inflated: Limit;
}

/**
 * Makes the limits of bodies.
 *
 * @param maxBodyBytes - `receivers.otlp.http.max_body`.
 * @param maxInflatedBytes - `receivers.otlp.http.max_inflated`.
 * @returns By encoding: JSON may be no longer than 20 MiB, whatever is configured.
 */
export function bodyLimits(
  maxBodyBytes = 20 * mebibyte,
  maxInflatedBytes = 64 * mebibyte,
): Readonly<Record<OtlpEncoding, BodyLimits>> {
  const asSent = { maxBytes: maxBodyBytes, key: 'receivers.otlp.http.max_body' };
  const inflated = { maxBytes: maxInflatedBytes, key: 'receivers.otlp.http.max_inflated' };
  const ofJson = (limit: Limit): Limit =>
    limit.maxBytes <= maxJsonBytes ? limit : { maxBytes: maxJsonBytes, key: undefined };
  return {
    protobuf: { asSent, inflated },
    json: { asSent: ofJson(asSent), inflated: ofJson(inflated) },
  };
}

/**
 * Makes the refusal of what is too long.
 *
 * @param limit - That it exceeds.
 * @param what - What is too long.
 * @returns A refusal with 413, which senders don't repeat.
 */
export function tooLarge({ maxBytes, key }: Limit, what: string): Refusal {
  const hint = key === undefined ? ' as JSON; protobuf may be longer' : ` (${key})`;
  return new Refusal(413, 'too_large', `Cannot take ${what} as it must be at most ${maxBytes} bytes${hint}.`);
}
