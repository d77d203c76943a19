import type { Line } from './item.js';

/** What a document of MongoDB may have, less a margin for what an invoice has beside its lines. */
const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024 - 64_000;

/** What a line takes beside its texts: names, numbers, dates. */
const FRAME_BYTES_MAX = 210;

/** And its texts, all at their limits. */
const TEXT_BYTES_MAX = 1_685;
const LINE_BYTES_MAX = FRAME_BYTES_MAX + TEXT_BYTES_MAX;

/** So many lines fit whatever they say. */
export const LINES_THAT_FIT = Math.floor(DOCUMENT_BYTES_MAX / LINE_BYTES_MAX);

/** What the line takes at most in the document of its invoice. */
export function lineBytes({ eventId, stockCode, description, country }: Line): number {
  const texts = [eventId, stockCode, description ?? '', country];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), FRAME_BYTES_MAX);
}

/** The same of lines that nobody has looked at. */
export function bytesOfAny(lines: number): number {
  return lines * LINE_BYTES_MAX;
}

/** Whether a document of so many bytes takes any other line. */
export function hasRoom(bytes: number): boolean {
  return bytes + LINE_BYTES_MAX <= DOCUMENT_BYTES_MAX;
}
