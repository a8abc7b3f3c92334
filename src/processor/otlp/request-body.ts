import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Limit, tooLarge } from './limits.ts';
import type { MemoryShare } from './memory-budget.ts';
import { overloaded, SenderGoneError } from './refusal.ts';

/**
 * Receives a request's body, as it was sent.
 *
 * @param request - Of which nothing was read yet.
 * @param limit - How long it may be.
 * @param share - Pays for what is kept; whoever made it releases it.
 * @returns The body.
 * @throws Refusal where it is too large or there is no room for it; SenderGoneError where it never comes.
 */
export function receiveBody(request: IncomingMessage, limit: Limit, share: MemoryShare): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (error: Error | undefined) => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
      if (error !== undefined) reject(error);
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit.maxBytes) settle(tooLarge(limit, 'the body'));
      else if (!share.take(chunk.length)) settle(overloaded());
      else chunks.push(chunk);
    };
    const onEnd = () => settle(undefined);
    const onClose = () => settle(new SenderGoneError('A connection ended within a request.'));
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
    // What goes wrong with the connection ends in `close`.
    request.on('error', () => {});
    if (request.destroyed) onClose();
  });
}

/**
 * Refuses a body by its announced length.
 *
 * @param request - Its headers.
 * @param limit - How long it may be.
 * @throws Refusal where it is too large.
 */
export function checkAnnouncedLength({ headers }: IncomingMessage, limit: Limit): void {
  if (Number(headers['content-length'] ?? 0) > limit.maxBytes) throw tooLarge(limit, 'the body');
}

/**
 * Lets the rest of a refused body run off, so that the sender gets to read its answer and the connection can serve
 * the next request. Who sends much more is cut off.
 *
 * @param request - That was refused.
 * @param response - Its answer, on the way.
 * @param maxBytes - How much may still come.
 */
export function drainBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): void {
  let left = maxBytes;
  const cutOff = () => request.destroy();
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    if (response.writableFinished) cutOff();
    else response.once('finish', cutOff);
  });
}
