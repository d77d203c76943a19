import { emptyPeriod, type PeriodTally, type SummaryDelta, type Tally } from './summary.js';

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

/** Revenue in ten-thousandths as text (JSON numbers would round it), lines, units, invoices. */
type EncodedTally = [revenue: string, lines: number, units: number, invoices: number];
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

function decodeTally([revenue, lines, units, invoices]: EncodedTally): Tally {
  return { revenue: BigInt(revenue), lines, units, invoices };
}
