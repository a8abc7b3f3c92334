import { ProtoWriter } from './proto-writer.ts';
import type { OtlpEncoding, OtlpSignal } from './reader.ts';
import type { Tally } from './tally.ts';

/** The codes of `google.rpc.Code` for what HTTP says; OTLP/HTTP leaves them to the server. */
const rpcCodes: Readonly<Record<number, number>> = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  403: 7, // PERMISSION_DENIED
  404: 5, // NOT_FOUND
  405: 12, // UNIMPLEMENTED
  408: 4, // DEADLINE_EXCEEDED
  413: 8, // RESOURCE_EXHAUSTED
  415: 3, // INVALID_ARGUMENT
  421: 7, // PERMISSION_DENIED
  429: 8, // RESOURCE_EXHAUSTED
  503: 14, // UNAVAILABLE
};
const internal = 13;

const rejectedNames: Readonly<Record<OtlpSignal, string>> = {
  metrics: 'rejectedDataPoints',
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
};
const badRequest = 'type.googleapis.com/google.rpc.BadRequest';
const nothing = Buffer.alloc(0);
const emptyObject = Buffer.from('{}');

export const contentTypes: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/**
 * Writes Export…ServiceResponse.
 *
 * @param signal - Which one.
 * @param encoding - As the request had it.
 * @param tally - What became of the request; `partial_success` is there only where something was rejected or cut.
 * @returns The body of an answer with status 200.
 */
export function exportResponse(signal: OtlpSignal, encoding: OtlpEncoding, tally: Tally): Buffer {
  const message = tally.explain();
  if (message === '') return encoding === 'json' ? emptyObject : nothing;
  if (encoding === 'json') {
    const partialSuccess = { [rejectedNames[signal]]: String(tally.rejected), errorMessage: message };
    return Buffer.from(JSON.stringify({ partialSuccess }));
  }
  const writer = new ProtoWriter(message.length + 32);
  const partialSuccess = writer.begin(1);
  if (tally.rejected > 0) writer.varint(1, BigInt(tally.rejected));
  writer.text(2, message);
  writer.end(partialSuccess);
  return writer.finish();
}

/**
 * Writes `google.rpc.Status`, with `BadRequest` among its details for a status 400, as OTLP asks.
 *
 * @param status - The HTTP status it goes with.
 * @param encoding - As the request had it.
 * @param message - For the sender's developer.
 * @returns The body of the answer.
 */
export function statusBody(status: number, encoding: OtlpEncoding, message: string): Buffer {
  const code = rpcCodes[status] ?? internal;
  if (encoding === 'json') {
    const details =
      status === 400
        ? [{ '@type': badRequest, fieldViolations: [{ field: 'body', description: message }] }]
        : undefined;
    return Buffer.from(JSON.stringify({ code, message, details }));
  }
  const writer = new ProtoWriter(2 * message.length + 96);
  writer.varint(1, BigInt(code));
  writer.text(2, message);
  if (status === 400) {
    const detail = writer.begin(3);
    writer.text(1, badRequest);
    const value = writer.begin(2);
    const violation = writer.begin(1);
    writer.text(1, 'body');
    writer.text(2, message);
    writer.end(violation);
    writer.end(value);
    writer.end(detail);
  }
  return writer.finish();
}
