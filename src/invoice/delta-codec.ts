import { Buffer } from 'node:buffer';
import { quote } from './codec.js';
import {
  add,
  addProduct,
  emptyPeriod,
  type PeriodTally,
  type ProductTally,
  type SummaryDelta,
  type Tally,
  tallyOf,
} from './summary.js';

/** Compact JSON text of a delta, for `decodeDelta`; keys stand as array elements, so any string is a safe key. */
export function encodeDelta(delta: SummaryDelta): string {
  const days: EncodedDay[] = [];
  for (const [day, period] of delta) {
    days.push([
      day,
      encodeTally(period),
      Array.from(period.countries, ([country, tally]) => [country, encodeTally(tally)]),
      Array.from(period.products, ([code, tally]) => [code, encodeTally(tally), tally.description]),
      Array.from(period.customers, ([customer, tally]) => [customer, encodeTally(tally)]),
      period.cancellations,
    ]);
  }
  return JSON.stringify(days);
}

/**
 * The text of one period in pieces of at most `bytesMax` bytes of UTF-8, at least one: `decodeDelta` reads each by itself,
 * and merged in their order they are the period. No key stands in two of them; the period's own sums stand in the first.
 * @param bytesMax a piece takes at least one key, of which the longest that an item may have needs 1.5 kB.
 */
export function* encodePieces(name: string, period: PeriodTally, bytesMax: number): Generator<string> {
  let sums = [encodeTally(period), period.cancellations];
  let cells = noCells();
  let bytes = FRAME_BYTES_MAX;
  const text = () => {
    const parts = PARTS.map((part) => `[${cells[part].join()}]`);
    const [tally, cancellations] = sums.map((sum) => JSON.stringify(sum));
    return `[[${[JSON.stringify(name), tally, ...parts, cancellations].join()}]]`;
  };
  for (const part of PARTS) {
    for (const [key, tally] of period[part]) {
      const cell = encodeCell(key, tally);
      const size = Buffer.byteLength(cell) + 1;
      if (bytes > FRAME_BYTES_MAX && bytes + size > bytesMax) {
        yield text();
        sums = [encodeTally(emptyPeriod()), 0];
        cells = noCells();
        bytes = FRAME_BYTES_MAX;
      }
      cells[part].push(cell);
      bytes += size;
    }
  }
  yield text();
}

const PARTS = ['countries', 'products', 'customers'] as const;

/** What stands around the cells of a piece: a period's name, five numbers and brackets. */
const FRAME_BYTES_MAX = 200;

const noCells = (): Record<(typeof PARTS)[number], string[]> => ({ countries: [], products: [], customers: [] });

/** By hand, which takes half the time of `JSON.stringify` for something so small. */
function encodeCell(key: string, tally: Tally | ProductTally): string {
  const { revenue, lines, units, invoices } = tally;
  const sums = `["${revenue}",${lines},${units},${invoices}]`;
  if (!('description' in tally)) return `[${quote(key)},${sums}]`;
  return `[${quote(key)},${sums},${tally.description === null ? 'null' : quote(tally.description)}]`;
}

/**
 * Reads what `encodeDelta` wrote, exactly: same sums, keys and order.
 * @throws SyntaxError or TypeError for other text.
 */
export function decodeDelta(text: string): SummaryDelta {
  const delta: SummaryDelta = new Map();
  for (const [day, tally, countries, products, customers, cancellations = 0] of JSON.parse(text) as EncodedDay[]) {
    const period: PeriodTally = Object.assign(emptyPeriod(), decodeTally(tally), { cancellations });
    for (const [country, sums] of countries) period.countries.set(country, decodeTally(sums));
    for (const [code, sums, description] of products) period.products.set(code, { ...decodeTally(sums), description });
    for (const [customer, sums] of customers) period.customers.set(customer, decodeTally(sums));
    delta.set(day, period);
  }
  return delta;
}

/**
 * Adds all that `encodeDelta` wrote to `into`, as `decodeDelta` and `mergePeriod` would in more time and memory: `into` is the
 * older of the two and keeps its descriptions.
 * @throws SyntaxError or TypeError for other text; then a part of it may have been added.
 */
export function addEncoded(into: PeriodTally, text: string): void {
  for (const [, tally, countries, products, customers, cancellations = 0] of JSON.parse(text) as EncodedDay[]) {
    add(into, decodeTally(tally));
    into.cancellations += cancellations;
    for (const [country, sums] of countries) add(tallyOf(into.countries, country), decodeTally(sums));
    for (const [customer, sums] of customers) add(tallyOf(into.customers, customer), decodeTally(sums));
    for (const [code, sums, description] of products) addProduct(into.products, code, decodeTally(sums), description);
  }
}

/** Revenue in ten-thousandths as text (JSON numbers would round it), lines, units, invoices. */
export type EncodedTally = [revenue: string, lines: number, units: number, invoices: number];
type EncodedDay = [
  day: string,
  tally: EncodedTally,
  countries: [country: string, tally: EncodedTally][],
  products: [stockCode: string, tally: EncodedTally, description: string | null][],
  customers: [customerId: string, tally: EncodedTally][],
  /** Absent in what was written before cancellations were counted. */
  cancellations?: number,
];

function encodeTally(tally: Tally): EncodedTally {
  return [tally.revenue.toString(), tally.lines, tally.units, tally.invoices];
}

export function decodeTally([revenue, lines, units, invoices]: EncodedTally): Tally {
  return { revenue: BigInt(revenue), lines, units, invoices };
}
