import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { CliError } from '../cli-error.js';
import { type Chunk, chunksOf } from './chunks.js';
import { type FileFormat, readContent } from './content.js';

/** How the text of a file is encoded. Windows-1252 is ISO 8859-1 with printable characters in place of controls. */
export const CHARSETS = ['utf-8', 'iso-8859-1', 'windows-1252'] as const;
export type Charset = (typeof CHARSETS)[number];

/** What the first pass over a file learns. */
export interface Survey {
  path: string;
  format: FileFormat;
  /** SHA-256 of the content (decompressed), hex: what the file's event ids are made of. */
  hash: string;
  bytes: number;
  rows: number;
  charset: Charset;
  /** The physical line that each chunk begins at. */
  firstLines: number[];
  /** What tells each chunk from another one in its place. */
  digests: string[];
}

/** Reads the file once: content hash, rows, chunks, and whether it is UTF-8. CliError for what can't be loaded. */
export async function survey(
  path: string,
  format: FileFormat,
  charset: Charset | null,
  signal?: AbortSignal,
): Promise<Survey> {
  const hash = createHash('sha256');
  const seen = { bytes: 0 };
  let rows = 0;
  let utf8 = true;
  const firstLines: number[] = [];
  const digests: string[] = [];
  try {
    for await (const chunk of chunksOf(hashed(readContent(path, signal), hash, seen), format)) {
      if (chunk.number === 0) utf8 = isUtf8(chunk.header);
      utf8 &&= isUtf8(chunk.body);
      rows += chunk.rows;
      firstLines.push(chunk.firstLine);
      digests.push(digestOf(chunk));
    }
  } catch (error) {
    if (error instanceof CliError && !error.message.startsWith(path)) throw new CliError(`${path}: ${error.message}`);
    throw error;
  }
  // JSON comes in UTF-8; a line of it that does not is refused by itself.
  const detected = utf8 || format === 'ndjson' ? 'utf-8' : 'windows-1252';
  const digest = hash.digest('hex');
  return { path, format, hash: digest, bytes: seen.bytes, rows, charset: charset ?? detected, firstLines, digests };
}

/** Passes the pieces on and takes them into the hash. */
export async function* hashed(
  content: AsyncIterable<Buffer>,
  hash: { update(piece: Buffer): unknown },
  seen: { bytes: number },
): AsyncGenerator<Buffer> {
  for await (const piece of content) {
    hash.update(piece);
    seen.bytes += piece.length;
    yield piece;
  }
}

/** The first so many bytes. */
export async function* upTo(bytes: number, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const piece of content) {
    if (left <= 0) return;
    yield piece.length <= left ? piece : piece.subarray(0, left);
    left -= piece.length;
  }
}

export function digestOf({ header, body }: Pick<Chunk, 'header' | 'body'>): string {
  return createHash('sha256').update(header).update(body).digest('base64');
}
