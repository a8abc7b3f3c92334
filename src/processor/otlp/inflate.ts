import { createGunzip, gunzipSync } from 'node:zlib';
import { type Limit, tooLarge } from './limits.ts';
import type { MemoryShare } from './memory-budget.ts';
import { overloaded } from './refusal.ts';
import { MalformedRequestError } from './wire.ts';

/** A body that is small before and after is inflated at once: the way over a thread costs several times as much. */
const smallBytes = 16 * 1024;
const smallInflatedBytes = 256 * 1024;

/**
 * Inflates a gzipped body and stops at the limit: of a bomb no more is inflated than may be kept.
 *
 * @param body - As it was sent.
 * @param limit - How long the result may be.
 * @param share - Pays for what is kept; whoever made it releases it.
 * @returns What was packed.
 * @throws Refusal where it is too large or there is no room for it; MalformedRequestError where it isn't gzip.
 */
export async function inflate(body: Buffer, limit: Limit, share: MemoryShare): Promise<Buffer> {
  return inflateSmall(body, limit, share) ?? (await inflateStream(body, limit, share));
}

function inflateSmall(body: Buffer, limit: Limit, share: MemoryShare): Buffer | undefined {
  if (body.length > smallBytes) return undefined;
  let inflated: Buffer;
  try {
    inflated = gunzipSync(body, { maxOutputLength: Math.min(smallInflatedBytes, limit.maxBytes) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw asMalformed(error);
  }
  if (!share.take(inflated.length)) throw overloaded();
  return inflated;
}

function inflateStream(body: Buffer, limit: Limit, share: MemoryShare): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ chunkSize: 128 * 1024 });
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: Error) => {
      gunzip.destroy();
      reject(error);
    };
    gunzip.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit.maxBytes) fail(tooLarge(limit, 'the inflated body'));
      else if (!share.take(chunk.length)) fail(overloaded());
      else chunks.push(chunk);
    });
    gunzip.on('end', () => resolve(Buffer.concat(chunks, size)));
    gunzip.on('error', (error) => fail(asMalformed(error)));
    gunzip.end(body);
  });
}

/** zlib's own errors are the sender's fault. */
function asMalformed(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return code?.startsWith('Z_') === true
    ? new MalformedRequestError(`the body is not gzip: ${message}`)
    : (error as Error);
}
