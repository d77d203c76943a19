import { isUtf8 } from 'node:buffer';
import { LineBytes } from './line-bytes.js';
import { jsonOf } from './line-json.js';
import { type LineReader, type LineSink, NOT_JSON, NOT_UTF8, tooLong } from './line-reader.js';

/** One JSON value a line (LF or CRLF), in UTF-8; blank lines are counted and skipped. `line` is the physical line. */
export class NdjsonReader implements LineReader {
  line = 1;
  readonly broken = false;
  /** The beginning of a line whose end has not come yet. */
  private readonly begun: LineBytes;

  constructor(
    private readonly sink: LineSink,
    private readonly bytesMax: number,
  ) {
    this.begun = new LineBytes(bytesMax + UNCOUNTED_BYTES);
  }

  read(chunk: Buffer): void {
    const lastEnd = chunk.lastIndexOf(LF);
    if (lastEnd === -1) return this.begun.add(chunk, 0, chunk.length);
    let start = 0;
    if (this.begun.length > 0 || this.begun.tooLong) {
      start = chunk.indexOf(LF) + 1;
      this.begun.add(chunk, 0, start - 1);
      this.finishBegun();
    }
    if (start <= lastEnd) this.readWhole(chunk.subarray(start, lastEnd));
    this.begun.add(chunk, lastEnd + 1, chunk.length);
  }

  end(): void {
    if (this.begun.length > 0 || this.begun.tooLong) this.finishBegun();
  }

  private finishBegun(): void {
    if (this.begun.tooLong) this.refuse(tooLong(this.bytesMax));
    else this.readBytes(this.begun.view());
    this.begun.clear();
  }

  /** Whole lines without the last line feed: decoded at once where they are UTF-8, which is twice as fast. */
  private readWhole(lines: Buffer): void {
    if (isUtf8(lines)) {
      const text = lines.toString('utf8');
      let start = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        this.readText(text.slice(start, end));
        start = end + 1;
      }
      this.readText(text.slice(start));
      return;
    }
    let start = 0;
    for (let end = lines.indexOf(LF); end !== -1; end = lines.indexOf(LF, start)) {
      this.readBytes(lines.subarray(start, end));
      start = end + 1;
    }
    this.readBytes(lines.subarray(start));
  }

  private readBytes(bytes: Buffer): void {
    if (isUtf8(bytes)) this.readText(bytes.toString('utf8'));
    else this.refuse(NOT_UTF8);
  }

  private readText(sent: string): void {
    const start = this.line === 1 && sent.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    const text = sent.slice(start, sent.endsWith('\r') ? -1 : undefined);
    if (text.length * UTF8_BYTES_MAX > this.bytesMax && Buffer.byteLength(text) > this.bytesMax) {
      return this.refuse(tooLong(this.bytesMax));
    }
    if (isBlank(text)) {
      this.line += 1;
      return;
    }
    const value = jsonOf(text);
    if (value === undefined) return this.refuse(NOT_JSON);
    this.sink.take(this.line, value);
    this.line += 1;
  }

  private refuse(message: string): void {
    this.sink.refuse(this.line, message);
    this.line += 1;
  }
}

const LF = 10;
const BYTE_ORDER_MARK = '\ufeff';
/** A byte order mark and a carriage return are no part of a line. */
const UNCOUNTED_BYTES = 4;
/** The most bytes that UTF-8 takes for one unit of a JavaScript string. */
const UTF8_BYTES_MAX = 3;

function isBlank(text: string): boolean {
  return text.length === 0 || (text.charCodeAt(0) <= 32 && text.trim() === '');
}
