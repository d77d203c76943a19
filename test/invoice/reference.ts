import type { FoldRecord, PeriodTally, SummaryDelta } from '../../src/invoice/index.js';

/** One straightforward pass over a whole log, sharing no code with the fold. */
export interface Reference {
  invoices: Record<string, ReferenceInvoice>;
  outcomes: string[];
  lines: FoldRecord[];
}

export interface ReferenceInvoice {
  first: { customerId: number | null; country: string; invoiceDate: string; kind: string };
  ids: string[];
  units: number;
  total: string;
}

export function referenceOf(log: readonly FoldRecord[], linesMax: number): Reference {
  const lines: FoldRecord[] = [];
  const outcomes = log.map((record) => {
    const siblings = lines.filter((line) => line.item.InvoiceNo === record.item.InvoiceNo);
    if (siblings.some((line) => line.eventId === record.eventId)) return 'duplicate';
    if (siblings.length === linesMax) return 'invoice-too-large';
    lines.push(record);
    return 'stored';
  });
  const invoices: Record<string, ReferenceInvoice> = {};
  for (const number of new Set(lines.map(({ item }) => item.InvoiceNo))) {
    const own = lines.filter(({ item }) => item.InvoiceNo === number);
    const [head] = own;
    if (head === undefined) continue;
    const kind = number.startsWith('C') ? 'cancellation' : number.startsWith('A') ? 'adjustment' : 'sale';
    const { CustomerID: customerId, Country: country, InvoiceDate: invoiceDate } = head.item;
    invoices[number] = {
      first: { customerId, country, invoiceDate, kind },
      ids: own.map((line) => `${line.eventId}@${line.partition}:${line.offset}`),
      units: own.reduce((sum, { item }) => sum + item.Quantity, 0),
      total: own.reduce((sum, line) => sum + worth(line), 0n).toString(),
    };
  }
  return { invoices, outcomes, lines };
}

/** The summaries by filtering the stored lines once for each figure. */
export function referenceSummary({ lines, invoices }: Reference): SummaryDelta {
  const heads = Object.values(invoices).map(({ first }) => first);
  const days = new Set(lines.map(dayOf));
  const summary: SummaryDelta = new Map();
  for (const day of days) {
    const own = lines.filter((line) => dayOf(line) === day);
    const ownHeads = heads.filter(({ invoiceDate }) => invoiceDate.startsWith(day));
    const period: PeriodTally = {
      ...sums(own),
      invoices: ownHeads.length,
      cancellations: ownHeads.filter(({ kind }) => kind === 'cancellation').length,
      countries: new Map(),
      products: new Map(),
      customers: new Map(),
    };
    for (const { item } of own) {
      const { Country, StockCode, CustomerID } = item;
      const ofCountry = own.filter((line) => line.item.Country === Country);
      const invoicesOf = ownHeads.filter(({ country }) => country === Country).length;
      period.countries.set(Country, { ...sums(ofCountry), invoices: invoicesOf });
      const ofProduct = own.filter((line) => line.item.StockCode === StockCode);
      const description = ofProduct.map((line) => line.item.Description).find((text) => text !== null) ?? null;
      period.products.set(StockCode, { ...sums(ofProduct), invoices: 0, description });
      if (CustomerID === null) continue;
      const ofCustomer = own.filter((line) => line.item.CustomerID === CustomerID);
      const bought = ownHeads.filter(({ customerId }) => customerId === CustomerID).length;
      period.customers.set(`${CustomerID}`, { ...sums(ofCustomer), invoices: bought });
    }
    summary.set(day, period);
  }
  return summary;
}

function dayOf({ item }: FoldRecord): string {
  return item.InvoiceDate.replace(/T.*/, '');
}

function sums(lines: readonly FoldRecord[]): { revenue: bigint; lines: number; units: number } {
  return {
    revenue: lines.reduce((sum, line) => sum + worth(line), 0n),
    lines: lines.length,
    units: lines.reduce((sum, { item }) => sum + item.Quantity, 0),
  };
}

/** Quantity times price in ten-thousandths, by decimal text. */
function worth({ item }: FoldRecord): bigint {
  const [whole = '', decimals = ''] = item.UnitPrice.split('.');
  return BigInt(item.Quantity) * BigInt(whole + (decimals + '0000').slice(0, 4));
}
