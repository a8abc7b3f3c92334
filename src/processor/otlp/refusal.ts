import type { OutgoingHttpHeaders } from 'node:http';

/** A request is turned away: what its sender is told, and under which word it is counted. */
export class Refusal extends Error {
  override name = 'Refusal';
  /** HTTP status. */
  readonly status: number;
  /** One of a few fixed words: each becomes a series. */
  readonly reason: string;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, reason: string, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

/** There are more requests under way than there is room for; the sender shall try again soon. */
export function overloaded(): Refusal {
  const message = 'Cannot take the request now as too many others are under way: try again.';
  return new Refusal(503, 'overloaded', message, { 'Retry-After': '1' });
}

/** The sender went away before its body was here. There is nobody to answer. */
export class SenderGoneError extends Error {
  override name = 'SenderGoneError';
}
