import { CsvReader } from '../../ingest/readers/csv-reader.js';
import { UnreadableBodyError } from '../../ingest/readers/line-reader.js';
import { NdjsonReader } from '../../ingest/readers/ndjson-reader.js';
import { textDecodingOf } from '../../ingest/readers/text-decoding.js';
import { type FieldError, type ItemOptions, parseItem } from '../../invoice/index.js';
import type { Chunk } from './chunks.js';
import type { FileFormat } from './content.js';
import type { Charset } from './survey.js';

/** How a chunk is to be read. */
export interface JudgeOptions {
  format: FileFormat;
  charset: Charset;
  item: ItemOptions & { bulkLineBytesMax: number };
  decode(bytes: Buffer): string;
}

/** What the instance would say of a chunk, by the file's own line numbers. */
export interface Judgement {
  /** The lines that records were found to begin at. */
  read: ReadonlySet<number>;
  errors: ReadonlyMap<number, FieldError[]>;
}

/** Reads a chunk with the very readers and rules of `POST /invoiceitems`. */
export function judge(chunk: Chunk, { format, charset, item }: JudgeOptions): Judgement {
  const read = new Set<number>();
  const errors = new Map<number, FieldError[]>();
  const found = (line: number, faults: FieldError[]) => {
    const at = chunk.firstLine + line - 1 - chunk.headerLines;
    read.add(at);
    if (faults.length > 0) errors.set(at, faults);
  };
  const sink = {
    take: (line: number, value: unknown) => {
      const verdict = parseItem(value, item);
      found(line, verdict.ok ? [] : verdict.errors);
    },
    refuse: (line: number, message: string) => {
      found(line, [{ field: 'body', message }]);
    },
  };
  const decoding = textDecodingOf(charset);
  if (decoding === null) throw new Error(`no decoding for ${charset}`);
  const reader =
    format === 'csv'
      ? new CsvReader(sink, item.bulkLineBytesMax, decoding)
      : new NdjsonReader(sink, item.bulkLineBytesMax);
  try {
    reader.read(Buffer.concat([chunk.header, chunk.body]));
    reader.end();
  } catch (error) {
    // A header that fits no item: the instance has said so, and nothing of the file was accepted.
    if (!(error instanceof UnreadableBodyError)) throw error;
  }
  return { read, errors };
}

/** The text of bytes of a file, whatever is in them. */
export function decoderOf(charset: Charset): (bytes: Buffer) => string {
  return (bytes) => textDecodingOf(charset)?.decode(bytes) ?? bytes.toString('utf8');
}
