import { isUtf8 } from 'node:buffer';
import { LineBytes } from './line-bytes.js';
import { jsonOf } from './line-json.js';
import { type LineReader, type LineSink, NOT_JSON, NOT_UTF8, tooLong } from './line-reader.js';

/**
 * The elements of one JSON array in UTF-8, whose places are found by brackets, quotes and commas alone; each element is
 * then read by JSON.parse on its own, so that a broken one spoils no other. `line` is the element's number from 1.
 */
export class JsonArrayReader implements LineReader {
  line = 1;
  broken = false;
  private readonly element: LineBytes;
  private place: 'before' | 'inside' | 'after' = 'before';
  private depth = 0;
  private inString = false;
  private escaped = false;

  constructor(
    private readonly sink: LineSink,
    private readonly bytesMax: number,
  ) {
    this.element = new LineBytes(bytesMax);
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.broken) {
      at = this.place === 'inside' ? this.readInside(chunk, at) : this.readOutside(chunk, at);
    }
  }

  end(): void {
    if (this.place === 'inside' && !this.broken) this.break('the array is not closed');
  }

  private readOutside(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    if (isBlank(byte) || (this.place === 'before' && BYTE_ORDER_MARK.includes(byte))) return at + 1;
    if (this.place === 'before' && byte === OPEN_BRACKET) this.place = 'inside';
    else this.break(this.place === 'before' ? 'the body must be a JSON array' : 'something follows the array');
    return at + 1;
  }

  /** Reads on to the end of the element or of the chunk. */
  private readInside(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) this.inString = false;
      } else if (byte === QUOTE) {
        this.inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.depth += 1;
      } else if (this.depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) {
        this.finish(chunk, start, at, byte === CLOSE_BRACKET);
        return at + 1;
      } else if (this.depth > 0 && (byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) {
        this.depth -= 1;
      }
    }
    this.element.add(chunk, start, chunk.length);
    return chunk.length;
  }

  private finish(chunk: Buffer, start: number, end: number, last: boolean): void {
    const { element } = this;
    if (last) this.place = 'after';
    const inOnePiece = element.length === 0 && !element.tooLong && end - start <= this.bytesMax;
    if (!inOnePiece) element.add(chunk, start, end);
    if (element.tooLong) this.refuse(tooLong(this.bytesMax));
    else this.readElement(inOnePiece ? chunk.subarray(start, end) : element.view(), last);
    element.clear();
  }

  private readElement(bytes: Buffer, last: boolean): void {
    if (!isUtf8(bytes)) return this.refuse(NOT_UTF8);
    const text = bytes.toString('utf8');
    // `[]` has no element; a comma before the bracket announces one that is missing.
    if (last && this.line === 1 && text.trim() === '') return;
    const value = jsonOf(text);
    if (value === undefined) return this.refuse(NOT_JSON);
    this.sink.take(this.line, value);
    this.line += 1;
  }

  private refuse(message: string): void {
    this.sink.refuse(this.line, message);
    this.line += 1;
  }

  private break(message: string): void {
    this.sink.refuse(this.line, message);
    this.broken = true;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
