import type { FileFormat } from './content.js';

const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;

/** Where a byte of CSV stands. */
const FIELD_START = 0;
const PLAIN = 1;
const QUOTED = 2;
const QUOTE_SEEN = 3;

/** The longest record that the instance takes; a quoted field that goes on for longer was opened by a stray quote. */
const QUOTED_BYTES_MAX = 65_536;

/**
 * Finds where records end in a stream of bytes: at each newline, in CSV only outside of a quoted field (RFC 4180; a
 * quote inside a plain field is an ordinary character, and a stray one ends with the first line above the limit, so that
 * it can't swallow the rest of a file). Carries its state from piece to piece, so it does not matter where they end.
 */
export class RecordScanner {
  /** Physical lines that have ended so far. */
  lines = 0;
  private state = FIELD_START;
  /** Bytes of the record in earlier pieces. */
  private before = 0;

  constructor(private readonly format: FileFormat) {}

  /** The offset one past the next record end at or after `from`, where a record goes on or begins; -1 without one. */
  next(piece: Buffer, from: number): number {
    const end = this.format === 'ndjson' ? this.nextLine(piece, from) : this.nextRow(piece, from);
    this.before = end === -1 ? this.before + piece.length - from : 0;
    return end;
  }

  private nextLine(piece: Buffer, from: number): number {
    const at = piece.indexOf(NEWLINE, from);
    if (at === -1) return -1;
    this.lines++;
    return at + 1;
  }

  private nextRow(piece: Buffer, from: number): number {
    let state = this.state;
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at];
      if (byte === NEWLINE) {
        this.lines++;
        if (state === QUOTED && this.before + at - from < QUOTED_BYTES_MAX) continue;
        this.state = FIELD_START;
        return at + 1;
      }
      if (state === QUOTED) {
        if (byte === QUOTE) state = QUOTE_SEEN;
      } else if (byte === COMMA) state = FIELD_START;
      else if (byte === QUOTE && state !== PLAIN) state = QUOTED;
      else state = PLAIN;
    }
    this.state = state;
    return -1;
  }
}
