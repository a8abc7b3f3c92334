import type { IncomingMessage } from 'node:http';
import type { OtlpEncoding, OtlpSignal } from './reader.ts';
import { Refusal } from './refusal.ts';

const signalOfPath: ReadonlyMap<string, OtlpSignal> = new Map([
  ['/v1/metrics', 'metrics'],
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
]);

/**
 * Tells the signal by the path, and refuses what isn't a POST to one.
 *
 * @param request - Its request line.
 * @returns The signal that the body is a request of.
 * @throws Refusal with 404 or 405.
 */
export function signalOf({ url = '', method }: IncomingMessage): OtlpSignal {
  const path = url.split('?', 1)[0]!;
  const signal = signalOfPath.get(path);
  if (signal === undefined) {
    const known = [...signalOfPath.keys()].join(', ');
    throw new Refusal(
      404,
      'unknown_path',
      `Cannot take ${shorten(path)} as the path must be one of ${known}.`,
    );
  }
  if (method !== 'POST') {
    const message = `Cannot take ${method} as the method must be POST.`;
    throw new Refusal(405, 'wrong_method', message, { Allow: 'POST' });
  }
  return signal;
}

/**
 * Tells the encoding by the content type; its parameters don't matter.
 *
 * @param contentType - The header.
 * @returns The encoding; undefined where it is none of OTLP's.
 */
export function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  switch (contentType?.split(';', 1)[0]?.trim().toLowerCase()) {
    case 'application/x-protobuf':
      return 'protobuf';
    case 'application/json':
      return 'json';
    default:
      return undefined;
  }
}

/**
 * Tells whether the body is gzipped.
 *
 * @param request - Its headers.
 * @throws Refusal with 415 where it is packed in another way.
 */
export function isGzipped({ headers }: IncomingMessage): boolean {
  const coding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === 'gzip' || coding === 'x-gzip') return true;
  if (coding === 'identity' || coding === 'none' || coding === '') return false;
  const message = `Cannot take the body as Content-Encoding must be gzip or identity: current value is ${shorten(coding)}.`;
  throw new Refusal(415, 'unsupported_encoding', message, { 'Accept-Encoding': 'gzip' });
}

/** The refusal of a content type that isn't OTLP's. */
export function unsupportedType(contentType: string | undefined): Refusal {
  const value = contentType === undefined ? 'missing' : shorten(contentType);
  const message = `Cannot take the body as Content-Type must be application/x-protobuf or application/json: current value is ${value}.`;
  return new Refusal(415, 'unsupported_type', message, {
    Accept: 'application/x-protobuf, application/json',
  });
}

/** What a sender wrote may be long, and goes into an answer and the log. */
function shorten(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length <= 100 ? printable : `${printable.slice(0, 100)}…`;
}
