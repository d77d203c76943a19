import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { CliError } from '../cli-error.js';
import { chunksOf } from './chunks.js';
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
  try {
    for await (const chunk of chunksOf(hashed(readContent(path, signal), hash, seen), format)) {
      if (chunk.number === 0) utf8 = isUtf8(chunk.header);
      utf8 &&= isUtf8(chunk.body);
      rows += chunk.rows;
      firstLines.push(chunk.firstLine);
    }
  } catch (error) {
    if (error instanceof CliError && !error.message.startsWith(path)) throw new CliError(`${path}: ${error.message}`);
    throw error;
  }
  // JSON comes in UTF-8; a line of it that does not is refused by itself.
  const detected = utf8 || format === 'ndjson' ? 'utf-8' : 'windows-1252';
  const digest = hash.digest('hex');
  return { path, format, hash: digest, bytes: seen.bytes, rows, charset: charset ?? detected, firstLines };
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
