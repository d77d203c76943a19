import type { InvoiceHeader, Line } from './item.js';
import type { Money } from './money.js';

/** Sums over some lines. `units` counts pieces, negative for returns; `invoices` counts each invoice once. */
export interface Tally {
  revenue: Money;
  lines: number;
  units: number;
  invoices: number;
}

/** `invoices` stays 0: it is not counted by product. */
export interface ProductTally extends Tally {
  /** The first description that is not null, older lines first. */
  description: string | null;
}

export interface PeriodTally extends Tally {
  /** How many of the invoices are cancellations. */
  cancellations: number;
  countries: Map<string, Tally>;
  products: Map<string, ProductTally>;
  /** By the customer id as text; guests are not in it. */
  customers: Map<string, Tally>;
}

/** What some lines add to the summaries, by the day (`YYYY-MM-DD`, UTC) of each line. */
export type SummaryDelta = Map<string, PeriodTally>;

/** Counts one line on its own day, country, product and customer. */
export function addLine(delta: SummaryDelta, line: Line): void {
  const period = periodOf(delta, line.invoiceDate);
  count(period, line);
  count(tallyOf(period.countries, line.country), line);
  if (line.customerId !== null) count(tallyOf(period.customers, String(line.customerId)), line);
  let product = period.products.get(line.stockCode);
  if (product === undefined) period.products.set(line.stockCode, (product = emptyProduct()));
  product.description ??= line.description;
  count(product, line);
}

/** Counts one invoice, on its header's day, country and customer; to be called once for each new invoice. */
export function addInvoice(delta: SummaryDelta, header: InvoiceHeader): void {
  const period = periodOf(delta, header.invoiceDate);
  period.invoices++;
  if (header.kind === 'cancellation') period.cancellations++;
  tallyOf(period.countries, header.country).invoices++;
  if (header.customerId !== null) tallyOf(period.customers, String(header.customerId)).invoices++;
}

/** Adds `from` to `into`, which is the older of the two and keeps its descriptions; `from` is left as it is. */
export function mergePeriod(into: PeriodTally, from: PeriodTally): void {
  add(into, from);
  into.cancellations += from.cancellations;
  for (const [country, tally] of from.countries) add(tallyOf(into.countries, country), tally);
  for (const [customer, tally] of from.customers) add(tallyOf(into.customers, customer), tally);
  for (const [stockCode, tally] of from.products) addProduct(into.products, stockCode, tally, tally.description);
}

/** Adds newer sums of a product, which keeps the description that it has. */
export function addProduct(
  products: Map<string, ProductTally>,
  stockCode: string,
  newer: Tally,
  description: string | null,
): void {
  let product = products.get(stockCode);
  if (product === undefined) products.set(stockCode, (product = emptyProduct()));
  product.description ??= description;
  add(product, newer);
}

/**
 * The sum of both, of which `base` is the older and keeps its descriptions. It takes the time of what is added and shares
 * the tallies of the other keys with `base`, so that neither may be changed any more.
 */
export function plusPeriod(base: PeriodTally, added: PeriodTally): PeriodTally {
  const sum = {
    ...base,
    countries: new Map(base.countries),
    products: new Map(base.products),
    customers: new Map(base.customers),
  };
  for (const country of added.countries.keys()) own(sum.countries, country);
  for (const stockCode of added.products.keys()) own(sum.products, stockCode);
  for (const customer of added.customers.keys()) own(sum.customers, customer);
  mergePeriod(sum, added);
  return sum;
}

/** Adds every period of `from` to `into`, which is the older of the two; they share no object afterwards. */
export function mergeDelta(into: SummaryDelta, from: SummaryDelta): void {
  for (const [day, period] of from) mergePeriod(periodOf(into, day), period);
}

export function emptyPeriod(): PeriodTally {
  return {
    revenue: 0n,
    lines: 0,
    units: 0,
    invoices: 0,
    cancellations: 0,
    countries: new Map(),
    products: new Map(),
    customers: new Map(),
  };
}

function emptyTally(): Tally {
  return { revenue: 0n, lines: 0, units: 0, invoices: 0 };
}

/** Spelled out: spreading `emptyTally()` made folding three times slower. */
function emptyProduct(): ProductTally {
  return { revenue: 0n, lines: 0, units: 0, invoices: 0, description: null };
}

/** Puts a copy in the place of the tally that a key may have. */
function own<T extends Tally>(tallies: Map<string, T>, key: string): void {
  const tally = tallies.get(key);
  if (tally !== undefined) tallies.set(key, { ...tally });
}

/** The period of a day, or of the day that an ISO 8601 date begins with. */
function periodOf(delta: SummaryDelta, date: string): PeriodTally {
  const day = date.slice(0, 10);
  let period = delta.get(day);
  if (period === undefined) delta.set(day, (period = emptyPeriod()));
  return period;
}

export function tallyOf(tallies: Map<string, Tally>, key: string): Tally {
  let tally = tallies.get(key);
  if (tally === undefined) tallies.set(key, (tally = emptyTally()));
  return tally;
}

function count(tally: Tally, line: Line): void {
  tally.revenue += line.amount;
  tally.lines++;
  tally.units += line.quantity;
}

export function add(into: Tally, from: Tally): void {
  into.revenue += from.revenue;
  into.lines += from.lines;
  into.units += from.units;
  into.invoices += from.invoices;
}
