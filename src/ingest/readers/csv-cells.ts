/**
 * Splits one CSV record (RFC 4180, without its line break) into `cells`, and answers how many there are. Answers
 * MALFORMED for a quote inside of an unquoted cell, text after a closing quote, or a quote that is never closed.
 */
export function splitCells(record: string, cells: string[]): number {
  let count = 0;
  let at = 0;
  for (;;) {
    if (record.charCodeAt(at) === QUOTE) {
      const end = endOfQuoted(record, at + 1);
      if (end === MALFORMED) return MALFORMED;
      const text = record.slice(at + 1, end);
      cells[count] = text.includes('"') ? text.replaceAll('""', '"') : text;
      count += 1;
      if (end + 1 === record.length) return count;
      if (record.charCodeAt(end + 1) !== COMMA) return MALFORMED;
      at = end + 2;
      continue;
    }
    const comma = record.indexOf(',', at);
    const cell = comma === -1 ? record.slice(at) : record.slice(at, comma);
    if (cell.includes('"')) return MALFORMED;
    cells[count] = cell;
    count += 1;
    if (comma === -1) return count;
    at = comma + 1;
  }
}

/** The same for a record without any quote. */
export function splitPlainCells(record: string, cells: string[]): number {
  let count = 0;
  let start = 0;
  for (let comma = record.indexOf(','); comma !== -1; comma = record.indexOf(',', start)) {
    cells[count] = record.slice(start, comma);
    count += 1;
    start = comma + 1;
  }
  cells[count] = record.slice(start);
  return count + 1;
}

export const MALFORMED = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;

/** The place of the quote that closes the cell, which no second quote follows. */
function endOfQuoted(record: string, start: number): number {
  for (let quote = record.indexOf('"', start); quote !== -1; quote = record.indexOf('"', quote + 2)) {
    if (record.charCodeAt(quote + 1) !== QUOTE) return quote;
  }
  return MALFORMED;
}
