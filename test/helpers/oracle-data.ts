import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One line as it was sent, read by the oracle's own rules. `unitPrice` is a whole number of ten-thousandths. */
export interface OracleLine {
  eventId: string;
  invoiceNo: string;
  stockCode: string;
  description: string | null;
  quantity: number;
  /** ISO 8601 UTC to the second. */
  invoiceDate: string;
  unitPrice: bigint;
  customerId: number | null;
  country: string;
}

/** The real data set's sample beside the repository, Latin-1 decoded; null where it is not there. */
export function realSample(): string | null {
  const file = resolve('../shared/data/online-retail-2010-12_2011-08.csv.gz');
  if (!existsSync(file)) return null;
  return gunzipSync(readFileSync(file)).toString('latin1');
}

/**
 * The lines of a CSV text in the data set's columns and spelling (month first, Latin-1 already decoded).
 * @param eventIdOf the event id of the record that starts on a physical line; the header is line 1.
 */
export function* linesOfCsv(text: string, eventIdOf: (line: number) => string): Generator<OracleLine> {
  let header = true;
  for (const { cells, line } of recordsOfCsv(text)) {
    if (header) {
      const columns = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
      if (cells.join() !== columns) throw new Error(`the oracle does not know the columns ${cells.join()}`);
      header = false;
      continue;
    }
    const [invoiceNo, stockCode, description, quantity, date, price, customer, country] = cells;
    yield {
      eventId: eventIdOf(line),
      invoiceNo: known(invoiceNo),
      stockCode: known(stockCode).trim(),
      description: description === '' ? null : known(description),
      quantity: Number(known(quantity)),
      invoiceDate: isoDate(known(date)),
      unitPrice: scaled(known(price)),
      customerId: customer === '' ? null : Number(known(customer)),
      country: known(country).trim(),
    };
  }
}

/** The records of a CSV text (RFC 4180), each with the physical line that it starts on. */
export function* recordsOfCsv(text: string): Generator<{ cells: string[]; line: number }> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const cells: string[] = [];
    for (let more = true; more;) {
      let cell = '';
      if (text[at] === '"') {
        for (at += 1; ;) {
          const quote = text.indexOf('"', at);
          if (quote < 0) throw new Error(`line ${line}: the quote is not closed`);
          cell += text.slice(at, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at += 1;
        }
        line += cell.split('\n').length - 1;
      } else {
        const from = at;
        while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') at += 1;
        cell = text.slice(from, at);
      }
      cells.push(cell);
      more = text[at] === ',';
      if (more) at += 1;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    yield { cells, line: start };
  }
}

/** A decimal text with at most four decimals as a whole number of ten-thousandths. */
export function scaled(text: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(text);
  if (match === null) throw new Error(`${text} is not an amount of money`);
  const [, sign, whole = '', decimals = ''] = match;
  const value = BigInt(whole + decimals.padEnd(4, '0'));
  return sign === '-' ? -value : value;
}

/** An item of the seeded shop as the oracle reads it. */
export function lineOfItem(item: Readonly<Record<string, unknown>>): OracleLine {
  return {
    eventId: String(item['EventId']),
    invoiceNo: String(item['InvoiceNo']),
    stockCode: String(item['StockCode']),
    description: item['Description'] as string | null,
    quantity: Number(item['Quantity']),
    invoiceDate: String(item['InvoiceDate']),
    unitPrice: scaled(String(item['UnitPrice'])),
    customerId: item['CustomerID'] as number | null,
    country: String(item['Country']),
  };
}

/** The line as a client sends it, without its event id. */
export function itemOf(line: OracleLine): Record<string, unknown> {
  return {
    InvoiceNo: line.invoiceNo,
    StockCode: line.stockCode,
    Description: line.description,
    Quantity: line.quantity,
    InvoiceDate: line.invoiceDate,
    UnitPrice: unscaled(line.unitPrice),
    CustomerID: line.customerId,
    Country: line.country,
  };
}

/** Ten-thousandths as decimal text, with all four decimals. */
export function unscaled(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(5, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** `12/1/2010 8:26` as ISO 8601 UTC. */
function isoDate(text: string): string {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})$/.exec(text);
  if (match === null) throw new Error(`${text} is not a date of the data set`);
  const [, month = '', day = '', year = '', hour = '', minute = ''] = match;
  const two = (part: string) => part.padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${minute}:00Z`;
}

function known(cell: string | undefined): string {
  if (cell === undefined) throw new Error('a record of the data set has too few cells');
  return cell;
}
