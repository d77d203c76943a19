import type { FileFormat } from './content.js';

const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;

/** Where a byte of CSV stands. */
const FIELD_START = 0;
const PLAIN = 1;
const QUOTED = 2;
const QUOTE_SEEN = 3;

/**
 * Finds where records end in a stream of bytes: at each newline, in CSV only outside of a quoted field (RFC 4180; a
 * quote inside a plain field is an ordinary character). Carries its state from piece to piece.
 */
export class RecordScanner {
  /** Physical lines that have ended so far. */
  lines = 0;
  private state = FIELD_START;

  constructor(private readonly format: FileFormat) {}

  /** Inside a quoted field: the record goes on. */
  get quoted(): boolean {
    return this.state === QUOTED;
  }

  /** The offset one past the next record end at or after `from`, or -1 when the piece ends first. */
  next(piece: Buffer, from: number): number {
    if (this.format === 'ndjson') {
      const at = piece.indexOf(NEWLINE, from);
      if (at === -1) return -1;
      this.lines++;
      return at + 1;
    }
    let state = this.state;
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at];
      if (state === QUOTED) {
        if (byte === QUOTE) state = QUOTE_SEEN;
        else if (byte === NEWLINE) this.lines++;
      } else if (byte === NEWLINE) {
        this.lines++;
        this.state = FIELD_START;
        return at + 1;
      } else if (byte === COMMA) state = FIELD_START;
      else if (byte === QUOTE && state !== PLAIN) state = QUOTED;
      else state = PLAIN;
    }
    this.state = state;
    return -1;
  }
}
