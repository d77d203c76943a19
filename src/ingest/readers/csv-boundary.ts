/** Where a scan for the end of a CSV record stands between two chunks. */
export interface Scan {
  /** The next byte to look at. */
  at: number;
  place: 'cell start' | 'plain' | 'quoted' | 'after quote';
}

/**
 * The place of the line feed that ends the record, -1 when it has not come yet; the scan then goes on where it stopped.
 * A quote opens only at the start of a cell, so a stray quote elsewhere can't swallow the lines that follow.
 */
export function endOfRecord(data: Buffer, scan: Scan): number {
  let { place } = scan;
  for (let at = scan.at; at < data.length; at += 1) {
    const byte = data[at];
    if (place === 'quoted') {
      if (byte === QUOTE) place = 'after quote';
    } else if (byte === LF) {
      return at;
    } else if (byte === QUOTE && place !== 'plain') {
      place = 'quoted';
    } else {
      place = byte === COMMA ? 'cell start' : 'plain';
    }
  }
  scan.at = data.length;
  scan.place = place;
  return -1;
}

const LF = 10;
const QUOTE = 0x22;
const COMMA = 0x2c;
