import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { encodeItem, type Item, ITEM_FIELDS } from '../invoice/index.js';
import { LineReader } from '../store/index.js';
import { CliError, fileError } from './cli-error.js';
import { withStore } from './with-store.js';
import { settingsOfRunning } from './connection.js';

export interface ExportOptions {
  format: 'csv' | 'ndjson';
  output?: string;
}

/** Lines that are made into text at once. */
const LINES_PER_PIECE = 1_000;

/**
 * Streams every stored line to standard output or a file. The file appears when it is complete. Memory is constant: the
 * store is read as fast as the output takes it.
 */
export async function exportLines(options: ExportOptions): Promise<number> {
  const settings = settingsOfRunning({ store: true });
  return withStore(settings, async (context) => {
    const text = Readable.from(textOf(context.get(LineReader).items(), options.format), { objectMode: true });
    if (options.output === undefined) await toStandardOutput(text);
    else await toFile(text, options.output);
    return 0;
  });
}

/** The lines as pieces of CSV (header row first, RFC 4180, empty for null) or NDJSON. */
export async function* textOf(
  invoices: AsyncIterable<Item[]>,
  format: ExportOptions['format'],
): AsyncGenerator<string> {
  if (format === 'csv') yield `${ITEM_FIELDS.join(',')}\n`;
  let waiting: Item[] = [];
  for await (const items of invoices) {
    waiting.push(...items);
    if (waiting.length < LINES_PER_PIECE) continue;
    yield pieceOf(waiting, format);
    waiting = [];
  }
  if (waiting.length > 0) yield pieceOf(waiting, format);
}

function pieceOf(items: Item[], format: ExportOptions['format']): string {
  if (format === 'csv') return stringify(items, { columns: [...ITEM_FIELDS], record_delimiter: '\n' });
  return items.map((item) => `${encodeItem(item)}\n`).join('');
}

async function toFile(text: Readable, path: string): Promise<void> {
  const draft = `${path}.partial`;
  try {
    const file = createWriteStream(draft);
    if (path.endsWith('.gz')) await pipeline(text, createGzip(), file);
    else await pipeline(text, file);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CliError(`${path}: there is no such folder`, 1, { cause: error });
    if (typeof syscall === 'string') throw fileError(path, error);
    throw error;
  }
}

/** A reader that closes the pipe early (`| head`) has what it wants. */
async function toStandardOutput(text: Readable): Promise<void> {
  const output: Writable = process.stdout;
  try {
    await pipeline(text, output, { end: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
