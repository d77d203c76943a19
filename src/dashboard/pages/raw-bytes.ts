import { isUtf8 } from 'node:buffer';

/** Bytes as a page shows them: as text where they are text that prints, else as a dump. */
export interface ShownBytes {
  /** Null where there are no bytes at all. */
  text: string | null;
  isBinary: boolean;
  bytes: number;
  /** Not all of it is shown. */
  isCut: boolean;
}

const SHOWN_BYTES_MAX = 64 * 1024;
const DUMPED_BYTES_MAX = 4 * 1024;
const ROW_BYTES = 16;

/** Up to 64 KiB of text or 4 KiB of anything else. */
export function showBytes(bytes: Buffer | null): ShownBytes {
  if (bytes === null) return { text: null, isBinary: false, bytes: 0, isCut: false };
  const isBinary = !isUtf8(bytes) || NOT_TEXT.test(bytes.toString('utf8'));
  const max = isBinary ? DUMPED_BYTES_MAX : SHOWN_BYTES_MAX;
  const shown = bytes.subarray(0, max);
  const text = isBinary ? hexDump(shown) : shown.toString('utf8');
  return { text, isBinary, bytes: bytes.length, isCut: bytes.length > max };
}

/** Sixteen bytes in a row: where they begin, in hexadecimal, and as ASCII with a dot for what does not print. */
export function hexDump(bytes: Buffer): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = [...bytes.subarray(at, at + ROW_BYTES)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(ROW_BYTES * 3 - 1)}  ${ascii}`);
  }
  return rows.join('\n');
}

/** Control characters but for line breaks and tabs, and what changes the direction of the text around it. */
const NOT_TEXT = /[^\P{C}\n\r\t\u200c\u200d]/u;
