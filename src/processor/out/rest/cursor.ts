import { randomBytes } from 'node:crypto';
import { BadRequest } from './bad-request.ts';

/** Turns a place in the fleet into what a client hands back, and back. */
export interface CursorCodec {
  encode(slot: number): string;
  /** @throws BadRequest where the cursor isn't one that this processor gave. */
  decode(cursor: string): number;
}

/**
 * Makes the cursors of one run of the processor. An agent keeps its slot for as long as it is known, so a walk by
 * slot meets everyone who stays exactly once, however many come and go meanwhile. Slots mean nothing to another run:
 * a cursor carries a mark of its own.
 *
 * @param mark - Told apart from other runs by this; random by default.
 * @example
 * ```ts
 * const cursors = createCursorCodec();
 * cursors.decode(cursors.encode(4096)); // 4096
 * ```
 */
export function createCursorCodec(mark: string = randomBytes(6).toString('base64url')): CursorCodec {
  return {
    encode: (slot) => Buffer.from(`${mark}.${slot}`).toString('base64url'),
    decode: (cursor) => {
      const match = /^(.*)\.(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString());
      if (match === null) {
        throw new BadRequest('Cannot read cursor as it must be the next_cursor of an earlier answer');
      }
      if (match[1] !== mark) {
        throw new BadRequest(
          'Cannot use cursor as it must come from this run of the processor: begin again without it',
        );
      }
      return Number(match[2]);
    },
  };
}
