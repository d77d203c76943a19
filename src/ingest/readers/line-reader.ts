import type { FieldError } from '../../invoice/index.js';

/** What becomes of the lines of a body, in order; `line` counts from 1 as the format defines it. */
export interface LineSink {
  /** A line that could be read: the value that a JSON parser gives for it. Not kept by the reader. */
  take(line: number, value: unknown): void;
  /** A line that could not be read, and why. */
  refuse(line: number, message: string): void;
}

/**
 * Finds the lines of a body that comes in chunks. Holds at most one line and one chunk; a line above the limit is
 * refused and skipped, a broken line is refused and the next one is read.
 */
export interface LineReader {
  /** The line that the next byte belongs to. */
  readonly line: number;
  /** True when nothing that follows can be read; the reason has been given to the sink. */
  readonly broken: boolean;
  /** Hands every line that ends in the chunk to the sink. */
  read(chunk: Buffer): void;
  /** The body is complete: hands over the last line. Not called for a body that was cut off. */
  end(): void;
}

/** The whole body can't be read as lines, such as a CSV header with an unknown column. */
export class UnreadableBodyError extends Error {
  constructor(
    readonly line: number,
    readonly errors: readonly FieldError[],
  ) {
    super('the body cannot be read as lines');
    this.name = 'UnreadableBodyError';
  }
}

export const NOT_UTF8 = 'is not UTF-8';
export const NOT_JSON = 'is not JSON';
export const tooLong = (bytesMax: number): string => `is longer than ${bytesMax} bytes`;
