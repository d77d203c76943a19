import { scaled, type OracleLine } from './oracle-data.js';

/** An invoice as the oracle works it out. Money is a whole number of ten-thousandths. */
export interface OracleInvoice {
  invoiceNo: string;
  kind: 'sale' | 'cancellation' | 'adjustment';
  lines: Map<string, OracleLine>;
  units: number;
  total: bigint;
}

/** Sums by one dimension. */
export interface OracleTally {
  revenue: bigint;
  lines: number;
  invoices: number;
}

/**
 * What must come out of the lines that went in, worked out without any of the product's code: an event id counts once
 * in its invoice, the first line of an invoice names its day, country and customer, and every sum is exact.
 */
export class Oracle {
  readonly invoices = new Map<string, OracleInvoice>();
  lines = 0;
  duplicates = 0;

  addAll(lines: Iterable<OracleLine>): this {
    for (const line of lines) this.add(line);
    return this;
  }

  add(line: OracleLine): void {
    let invoice = this.invoices.get(line.invoiceNo);
    if (invoice === undefined) {
      const kinds = { C: 'cancellation', A: 'adjustment' } as const;
      const kind = kinds[line.invoiceNo[0] as 'C' | 'A'] ?? 'sale';
      invoice = { invoiceNo: line.invoiceNo, kind, lines: new Map(), units: 0, total: 0n };
      this.invoices.set(line.invoiceNo, invoice);
    }
    if (invoice.lines.has(line.eventId)) {
      this.duplicates += 1;
      return;
    }
    invoice.lines.set(line.eventId, line);
    invoice.units += line.quantity;
    invoice.total += amountOf(line);
    this.lines += 1;
  }

  get revenue(): bigint {
    let revenue = 0n;
    for (const { total } of this.invoices.values()) revenue += total;
    return revenue;
  }

  /** Customers with an id: guests are not counted. */
  get customers(): Set<number> {
    return new Set([...this.tallies(({ customerId }) => customerId).keys()].filter((id) => id !== null));
  }

  /** Sums of the lines by what `keyOf` says of each; an invoice counts where its first line does. */
  tallies<K>(keyOf: (line: OracleLine) => K): Map<K, OracleTally> {
    const tallies = new Map<K, OracleTally>();
    for (const { lines } of this.invoices.values()) {
      let first = true;
      for (const line of lines.values()) {
        const key = keyOf(line);
        const tally = tallies.get(key) ?? { revenue: 0n, lines: 0, invoices: 0 };
        tally.revenue += amountOf(line);
        tally.lines += 1;
        if (first) tally.invoices += 1;
        first = false;
        tallies.set(key, tally);
      }
    }
    return tallies;
  }
}

export function amountOf({ quantity, unitPrice }: Pick<OracleLine, 'quantity' | 'unitPrice'>): bigint {
  return BigInt(quantity) * unitPrice;
}

/** A line as either sink tells it: JSON shapes, money as text. */
export interface ToldLine {
  eventId: string;
  stockCode: string;
  description: string | null;
  quantity: number;
  invoiceDate: string;
  unitPrice: string;
  amount: string;
}

export interface ToldInvoice {
  invoiceNo: string;
  kind: string;
  customerId: number | null;
  country: string;
  lines: ToldLine[];
}

export interface ToldSums {
  lineCount: number;
  units: number;
  total: string;
}

/** The first difference between the oracle and the invoices of the store or the API; null when there is none. */
export function differenceInInvoices(oracle: Oracle, told: Iterable<ToldInvoice & ToldSums>): string | null {
  const left = new Map(oracle.invoices);
  for (const invoice of told) {
    const { invoiceNo } = invoice;
    const expected = left.get(invoiceNo);
    if (expected === undefined) return `invoice ${invoiceNo} stands twice, or was never sent`;
    left.delete(invoiceNo);
    const difference = differenceInLines(expected, invoice, expected.lines.size) ?? differenceInSums(expected, invoice);
    if (difference !== null) return `invoice ${invoiceNo}: ${difference}`;
  }
  const missing = left.keys().next().value;
  return missing === undefined ? null : `${left.size} invoices are missing, such as ${missing}`;
}

/** The first difference between the oracle and the documents of `spark-output`: each line in exactly one of them. */
export function differenceInOutput(
  oracle: Oracle,
  documents: Iterable<{ key: string | null; told: ToldInvoice }>,
): string | null {
  const seen = new Set<string>();
  for (const { key, told } of documents) {
    const { invoiceNo } = told;
    if (key !== invoiceNo) return `the document of ${invoiceNo} has the key ${String(key)}`;
    const expected = oracle.invoices.get(invoiceNo);
    if (expected === undefined) return `a document of ${invoiceNo}, which was never sent`;
    if (told.lines.length === 0) return `a document of ${invoiceNo} without lines`;
    const difference = differenceInLines(expected, told, told.lines.length);
    if (difference !== null) return `document of ${invoiceNo}: ${difference}`;
    for (const { eventId } of told.lines) {
      const id = `${invoiceNo} ${eventId}`;
      if (seen.has(id)) return `line ${eventId} of ${invoiceNo} stands twice`;
      seen.add(id);
    }
  }
  if (seen.size === oracle.lines) return null;
  for (const { invoiceNo, lines } of oracle.invoices.values()) {
    for (const eventId of lines.keys()) {
      if (!seen.has(`${invoiceNo} ${eventId}`)) {
        return `${oracle.lines - seen.size} lines are missing, such as ${eventId} of ${invoiceNo}`;
      }
    }
  }
  return 'more lines than were sent';
}

/** What `GET /api/summary` answers. */
export interface ToldSummary {
  totals: { revenue: string; invoices: number; customers: number; lines: number };
  byDay: { day: string; revenue: string; invoices: number; lines: number }[];
  byCountry: { country: string; revenue: string; invoices: number; lines: number }[];
  byCustomer: { customerId: number; revenue: string; invoices: number; lines: number }[];
}

/** The first difference between the oracle and a summary without bounds, asked with a `top` that reaches. */
export function differenceInSummary(oracle: Oracle, told: ToldSummary): string | null {
  const { totals, byDay, byCountry, byCustomer } = told;
  const expected = { invoices: oracle.invoices.size, customers: oracle.customers.size, lines: oracle.lines };
  for (const name of ['invoices', 'customers', 'lines'] as const) {
    if (totals[name] !== expected[name]) return `totals: ${totals[name]} ${name} instead of ${expected[name]}`;
  }
  if (scaled(totals.revenue) !== oracle.revenue) return `totals: revenue ${totals.revenue} is wrong`;
  const customers = oracle.tallies(({ customerId }) => customerId);
  customers.delete(null);
  return (
    differenceInTallies('day', oracle.tallies(dayOf), new Map(byDay.map((row) => [row.day, row])), true) ??
    differenceInTallies(
      'country',
      oracle.tallies(({ country }) => country),
      new Map(byCountry.map((row) => [row.country, row])),
      true,
    ) ??
    differenceInTallies(
      'customer',
      customers,
      new Map(byCustomer.map((row) => [row.customerId, row])),
      customers.size <= byCustomer.length,
    )
  );
}

function dayOf({ invoiceDate }: OracleLine): string {
  return invoiceDate.slice(0, 10);
}

function differenceInTallies<K>(
  what: string,
  expected: Map<K, OracleTally>,
  told: Map<K, { revenue: string; invoices: number; lines: number }>,
  all: boolean,
): string | null {
  if (all && told.size !== expected.size) return `${told.size} rows by ${what} instead of ${expected.size}`;
  for (const [key, { revenue, invoices, lines }] of told) {
    const tally = expected.get(key);
    if (tally === undefined) return `${what} ${String(key)} was never sent`;
    if (scaled(revenue) !== tally.revenue)
      return `${what} ${String(key)}: revenue ${revenue} instead of ${tally.revenue}e-4`;
    if (lines !== tally.lines) return `${what} ${String(key)}: ${lines} lines instead of ${tally.lines}`;
    if (invoices !== tally.invoices) return `${what} ${String(key)}: ${invoices} invoices instead of ${tally.invoices}`;
  }
  return null;
}

function differenceInLines(expected: OracleInvoice, told: ToldInvoice, count: number): string | null {
  if (told.kind !== expected.kind) return `kind ${told.kind} instead of ${expected.kind}`;
  if (told.lines.length !== count) return `${told.lines.length} lines instead of ${count}`;
  const seen = new Set<string>();
  for (const line of told.lines) {
    const { eventId } = line;
    const original = expected.lines.get(eventId);
    if (original === undefined) return `line ${eventId} was never sent`;
    if (seen.has(eventId)) return `line ${eventId} stands twice`;
    seen.add(eventId);
    const same =
      line.stockCode === original.stockCode &&
      line.description === original.description &&
      line.quantity === original.quantity &&
      line.invoiceDate === original.invoiceDate &&
      scaled(line.unitPrice) === original.unitPrice &&
      scaled(line.amount) === amountOf(original);
    if (!same) return `line ${eventId} is ${JSON.stringify(line)} instead of ${describe(original)}`;
  }
  // Which line came first may depend on a repeated load, but the header is one of the lines', and of one of them whole.
  const { customerId, country } = told;
  const named = [...expected.lines.values()].some((line) => line.customerId === customerId && line.country === country);
  return named ? null : `customer ${String(customerId)} in ${country} is none of its lines'`;
}

function differenceInSums(expected: OracleInvoice, told: ToldSums): string | null {
  if (told.lineCount !== expected.lines.size) return `lineCount ${told.lineCount} instead of ${expected.lines.size}`;
  if (told.units !== expected.units) return `units ${told.units} instead of ${expected.units}`;
  return scaled(told.total) === expected.total ? null : `total ${told.total} instead of ${expected.total}e-4`;
}

function describe(line: OracleLine): string {
  return JSON.stringify({ ...line, unitPrice: `${line.unitPrice}e-4` });
}
