import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CliError, fileError } from '../cli-error.js';

export type FileFormat = 'csv' | 'ndjson';

/** What the file's name says of its content; CliError for a name that says nothing. */
export function formatOf(path: string): FileFormat {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.csv')) return 'csv';
  if (/\.(ndjson|jsonl)$/.test(name)) return 'ndjson';
  throw new CliError(`${path}: the name must end in .csv, .csv.gz, .ndjson or .ndjson.gz`);
}

/**
 * The content of the file in pieces, decompressed when it begins as gzip does. CliError when it can't be read, or when
 * its name says gzip and its content does not.
 */
export async function* readContent(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const zipped = await isGzip(path);
  if (!zipped && /\.gz$/i.test(path)) {
    throw new CliError(`${path}: is not gzip data as its name says; copy the file again, or take .gz off its name`);
  }
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
  // The pipeline hands a fault of the file on to whoever reads the end of it.
  const content = zipped ? pipeline(file, createGunzip({ chunkSize: 256 * 1024 }), () => undefined) : file;
  try {
    for await (const piece of content) {
      if (signal?.aborted === true) return;
      yield piece as Buffer;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') === true) {
      throw new CliError(`${path}: the gzip data is damaged or cut off; copy the file again`, 1, { cause: error });
    }
    throw fileError(path, error);
  } finally {
    file.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(path, error);
  }
}
