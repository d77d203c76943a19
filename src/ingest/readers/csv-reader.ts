import { isUtf8 } from 'node:buffer';
import { endOfRecord, type Scan } from './csv-boundary.js';
import { MALFORMED, splitCells, splitPlainCells } from './csv-cells.js';
import { type RowShape, rowShapeOf } from './csv-header.js';
import { HeldBytes } from './held-bytes.js';
import { type LineReader, type LineSink, NOT_UTF8, tooLong, UnreadableBodyError } from './line-reader.js';
import type { TextDecoding } from './text-decoding.js';

/**
 * The rows of an RFC 4180 CSV body with a header row. `line` is the physical line where the row starts, the header
 * being line 1; blank lines are counted and skipped. No field of an item may contain a line break, so where a quoted
 * row of several lines is broken or too long, only its first line is refused and the others are read as lines of their
 * own: a stray quote can't swallow the rest of a file. Throws UnreadableBodyError for a header that fits no item.
 */
export class CsvReader implements LineReader {
  line = 1;
  readonly broken = false;
  /** What has come of the current record, and how far it was looked at. */
  private readonly held = new HeldBytes();
  private scan: Scan = { at: 0, place: 'cell start' };
  /** Inside of a line that is too long: it is refused already, and dropped up to its end. */
  private skipping = false;
  private shape: RowShape | null = null;
  private columns = 0;
  private readonly cells: string[] = [];

  constructor(
    private readonly sink: LineSink,
    private readonly bytesMax: number,
    private readonly decoding: TextDecoding,
  ) {}

  read(chunk: Buffer): void {
    let start = 0;
    if (this.skipping) {
      start = chunk.indexOf(LF) + 1;
      if (start === 0) return;
      this.skipping = false;
      this.line += 1;
    }
    const data = this.held.length === 0 ? chunk : this.held.append(chunk);
    const rest = this.readRecords(data, start);
    // A copy, because a view would keep the whole chunk in memory.
    this.held.keep(data.subarray(rest));
    this.scan.at = Math.max(0, this.scan.at - rest);
    // What ends a line is no part of it, and may come in two chunks.
    const isAtEnd = this.held.view().at(-1) === CR;
    if (this.held.length > this.bytesMax + Number(isAtEnd)) this.shorten();
  }

  end(): void {
    const last = Buffer.from(this.held.view());
    this.held.keep(EMPTY);
    if (this.skipping) this.line += 1;
    else if (last.length > 0) this.readRecord(last, 0, last.length, true);
    if (this.shape === null && this.line > 1) throw new UnreadableBodyError(1, [NO_HEADER]);
  }

  /** Reads every record that ends in the data, and answers where the next one starts. */
  private readRecords(data: Buffer, from: number): number {
    const { scan } = this;
    let start = from;
    let quote = data.indexOf(QUOTE, start);
    while (start < data.length) {
      if (scan.at < start) scan.at = start;
      if (quote !== -1 && quote < start) quote = data.indexOf(QUOTE, start);
      const lineEnd = data.indexOf(LF, start);
      // Only a record with a quote needs the byte by byte look.
      const plain = quote === -1 || (lineEnd !== -1 && quote > lineEnd);
      const end = plain ? lineEnd : endOfRecord(data, scan);
      if (end === -1) return start;
      this.readRecord(data, start, end, !plain);
      start = end + 1;
      scan.at = start;
      scan.place = 'cell start';
    }
    return start;
  }

  /** One record without its line feed; `quoted` when it may contain quotes. */
  private readRecord(data: Buffer, start: number, lineFeed: number, quoted: boolean): void {
    const end = lineFeed > start && data[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    if (quoted && data.subarray(start, end).includes(LF)) return this.readSeveralLines(data.subarray(start, end));
    if (end - start > this.bytesMax) return this.refuse(tooLong(this.bytesMax));
    const bytes = data.subarray(start, end);
    if (this.decoding.utf8 && !isUtf8(bytes)) return this.refuse(NOT_UTF8);
    this.readText(this.decoding.decode(bytes), quoted);
    this.line += 1;
  }

  private readSeveralLines(bytes: Buffer): void {
    if (bytes.length > this.bytesMax) return this.readOneByOne(bytes, this.unclosed());
    const text = this.decoding.decode(bytes);
    if (splitCells(text, this.cells) === MALFORMED) return this.readOneByOne(bytes, BAD_QUOTES);
    this.readText(text, true);
    this.line += countOf(bytes, LF) + 1;
  }

  /** The physical lines of a record that is none: the first, which opened the quote, is refused. */
  private readOneByOne(bytes: Buffer, message: string): void {
    this.refuse(message);
    for (let lineFeed = bytes.indexOf(LF); lineFeed !== -1;) {
      const start = lineFeed + 1;
      lineFeed = bytes.indexOf(LF, start);
      this.readRecord(bytes, start, lineFeed === -1 ? bytes.length : lineFeed, true);
    }
  }

  private readText(sent: string, quoted: boolean): void {
    const text = this.line === 1 && sent.startsWith('\ufeff') ? sent.slice(1) : sent;
    if (text.trim() === '') return;
    const { cells } = this;
    const count = quoted ? splitCells(text, cells) : splitPlainCells(text, cells);
    if (this.shape === null) return this.readHeader(count);
    if (count === MALFORMED) return this.sink.refuse(this.line, BAD_QUOTES);
    if (count !== this.columns) {
      return this.sink.refuse(this.line, `has ${count} columns where the header row has ${this.columns}`);
    }
    this.sink.take(this.line, this.shape(cells));
  }

  private readHeader(count: number): void {
    if (count === MALFORMED) throw new UnreadableBodyError(this.line, [NO_HEADER]);
    this.shape = rowShapeOf(this.cells.slice(0, count));
    this.columns = count;
  }

  private refuse(message: string): void {
    if (this.shape === null) throw new UnreadableBodyError(this.line, [{ field: 'body', message }]);
    this.sink.refuse(this.line, message);
    this.line += 1;
  }

  /** The record is above the limit and not at its end. */
  private shorten(): void {
    const held = Buffer.from(this.held.view());
    const lastLineFeed = held.lastIndexOf(LF);
    this.scan = { at: 0, place: 'cell start' };
    this.held.keep(held.subarray(lastLineFeed === -1 ? held.length : lastLineFeed + 1));
    if (lastLineFeed !== -1) return this.readOneByOne(held.subarray(0, lastLineFeed), this.unclosed());
    this.skipping = true;
    this.refuse(tooLong(this.bytesMax));
    // Its end, which counts it, is still to come.
    this.line -= 1;
  }

  private unclosed(): string {
    return `opens a quote that is not closed within ${this.bytesMax} bytes`;
  }
}

const EMPTY = Buffer.alloc(0);
const LF = 10;
const CR = 13;
const QUOTE = 0x22;
const BAD_QUOTES = 'has quotes that do not open or close a cell';
const NO_HEADER = { field: 'body', message: 'has no header row that names the columns' };

function countOf(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}
