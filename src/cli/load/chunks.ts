import { CliError } from '../cli-error.js';
import type { FileFormat } from './content.js';
import { RecordScanner } from './record-scanner.js';

/**
 * Records of one request. The event ids of a load are made of the chunk's number and the line in it, so another size
 * would give the same file other ids, and loading it again would double it: these two are never changed.
 */
export const CHUNK_RECORDS = 20_000;
export const CHUNK_BYTES = 8 * 1024 * 1024;

/** A record that goes on for longer has no end that anybody meant. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A run of whole records of a file, in the bytes of the file. */
export interface Chunk {
  /** Counts from 0. */
  number: number;
  /** The physical line of the file that it begins at, counted from 1. */
  firstLine: number;
  /** Records that are not empty. */
  rows: number;
  body: Buffer;
  /** The header of a CSV file, with its line end: goes before the body of each request. Empty for NDJSON. */
  header: Buffer;
  /** Physical lines of the header. */
  headerLines: number;
}

/**
 * Cuts a stream into chunks at record ends. Where it cuts depends on the content alone, so the same file always gives
 * the same chunks. Holds one chunk in memory. CliError for a record above 16 MiB.
 */
export async function* chunksOf(content: AsyncIterable<Buffer>, format: FileFormat): AsyncGenerator<Chunk> {
  const cutter = new ChunkCutter(format);
  for await (const piece of content) yield* cutter.add(piece);
  yield* cutter.end();
}

class ChunkCutter {
  private readonly scanner: RecordScanner;
  private header: Buffer | null;
  private parts: Buffer[] = [];
  private bytes = 0;
  private recordBytes = 0;
  private records = 0;
  private rows = 0;
  private number = 0;
  private firstLine = 1;
  private recordLine = 1;
  private first = true;
  private headerLines = 0;

  constructor(format: FileFormat) {
    this.scanner = new RecordScanner(format);
    this.header = format === 'csv' ? null : Buffer.alloc(0);
  }

  *add(given: Buffer): Generator<Chunk> {
    const piece = this.withoutBom(given);
    let start = 0;
    let from = 0;
    for (let end = this.scanner.next(piece, from); end !== -1; end = this.scanner.next(piece, from)) {
      this.count(end - from);
      from = end;
      const full = this.records >= CHUNK_RECORDS || this.bytes + (end - start) >= CHUNK_BYTES;
      // Blank lines before the header belong to it.
      if (this.header === null ? this.rows === 0 : !full) continue;
      this.keep(piece, start, end);
      start = end;
      yield* this.flush();
    }
    this.keep(piece, start, piece.length);
    this.recordBytes += piece.length - from;
    if (this.recordBytes > RECORD_BYTES_MAX) throw this.endless();
  }

  *end(): Generator<Chunk> {
    if (this.recordBytes > 0) this.count(0);
    yield* this.flush();
    // Nothing but a header, or what passes for one: the instance says whether it is.
    if (this.number === 0 && this.header !== null && this.header.length > 0) {
      const headerLines = Math.max(1, this.headerLines);
      const none = Buffer.alloc(0);
      yield { number: 0, firstLine: headerLines + 1, rows: 0, body: none, header: this.header, headerLines };
    }
  }

  /** The end of a record: `bytes` more of it, the line end included. An empty one is a line, but no row. */
  private count(bytes: number): void {
    const length = this.recordBytes + bytes;
    this.records++;
    if (length > 2) this.rows++;
    this.recordBytes = 0;
    this.recordLine = this.scanner.lines + 1;
  }

  private keep(piece: Buffer, start: number, end: number): void {
    if (end <= start) return;
    this.parts.push(piece.subarray(start, end));
    this.bytes += end - start;
  }

  private *flush(): Generator<Chunk> {
    if (this.bytes === 0) return;
    const body = this.parts.length === 1 && this.parts[0] !== undefined ? this.parts[0] : Buffer.concat(this.parts);
    if (this.header === null) {
      this.header = body;
      this.headerLines = this.scanner.lines;
    } else {
      const { number, firstLine, rows, header, headerLines } = this;
      yield { number, firstLine, rows, body, header, headerLines };
      this.number++;
    }
    this.parts = [];
    this.bytes = this.records = this.rows = 0;
    this.firstLine = this.scanner.lines + 1;
  }

  /** A byte order mark is no part of the first record. The first piece of a file has it whole. */
  private withoutBom(piece: Buffer): Buffer {
    const marked = this.first && piece.subarray(0, BOM.length).equals(BOM);
    this.first = false;
    return marked ? piece.subarray(BOM.length) : piece;
  }

  private endless(): CliError {
    return new CliError(`line ${this.recordLine} is longer than 16 MiB. Nothing of this file was sent in this run.`);
  }
}
