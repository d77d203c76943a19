import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** The body ends in the middle, or is not what its Content-Encoding says; what came before is good. */
export class BrokenBodyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokenBodyError';
  }
}

/** The sender is gone; nobody waits for an answer. */
export class AbortedBodyError extends Error {
  constructor(options?: ErrorOptions) {
    super('the sender closed the connection', options);
    this.name = 'AbortedBodyError';
  }
}

/**
 * The body in chunks of at most 64 KiB, decompressed, as fast as they are asked for: while nobody asks, nothing is read
 * and the sender's connection fills up. Throws BrokenBodyError or AbortedBodyError after the last good chunk.
 */
export async function* bodyChunks(body: Readable, gzip: boolean): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of (gzip ? unzipped(body) : body) as AsyncIterable<Buffer>) {
      if (chunk.length <= CHUNK_BYTES_MAX) yield chunk;
      else yield* sliced(chunk);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') === true) throw new BrokenBodyError('is not complete gzip data', { cause: error });
    throw new AbortedBodyError({ cause: error });
  }
}

/**
 * Lets the rest of a body that nobody will read go by, so that the sender, who may still be sending, gets to the answer
 * and the connection can be used again. Does nothing to a body that was read to its end.
 */
export function discardRest(body: Readable): void {
  body.unpipe();
  // An iterator that stopped asking still listens, and would keep the body paused.
  body.removeAllListeners('readable');
  body.removeAllListeners('data');
  // With a listener of its own; a mere resume() is undone by the removals above, one turn later.
  body.on('data', () => undefined);
  body.resume();
}

const CHUNK_BYTES_MAX = 65_536;

function unzipped(body: Readable): Readable {
  // With a buffer for one chunk only, an error can't overtake and discard good chunks that nobody has read yet.
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES_MAX, readableHighWaterMark: 1 } as object);
  pipeline(body, gunzip, () => undefined);
  return gunzip;
}

function* sliced(chunk: Buffer): Generator<Buffer, void, undefined> {
  for (let start = 0; start < chunk.length; start += CHUNK_BYTES_MAX) {
    yield chunk.subarray(start, start + CHUNK_BYTES_MAX);
  }
}
