import type { InvoiceHeader, Item, Line } from './item.js';
import { kindOf } from './kind.js';
import { amountOf, type Money, parseMoney } from './money.js';
import { bytesOfAny, hasRoom, lineBytes, LINES_THAT_FIT } from './room.js';
import { addInvoice, addLine, type SummaryDelta } from './summary.js';

/** A canonical item with its event id and the Kafka position that it came from. */
export interface FoldRecord {
  eventId: string;
  partition: number;
  offset: number;
  item: Item;
}

/** What the store holds of an invoice that a micro-batch touches. */
export interface StoredInvoice {
  header: InvoiceHeader;
  lineCount: number;
  /** Of its document; undefined: not known, so each line counts as the longest that there can be. */
  bytes?: number | undefined;
  units: number;
  total: Money;
  /** Event id -> position (`partition:offset`) of the line that has it. */
  lineIds: Map<string, string>;
}

/** The lines that a micro-batch adds to an invoice. */
export interface AddedLines {
  header: InvoiceHeader;
  added: Line[];
}

/** The same with what becomes of the invoice; the sums are those after the batch. */
export interface FoldedInvoice extends AddedLines {
  isNew: boolean;
  lineCount: number;
  units: number;
  total: Money;
}

export type FoldOutcome = 'stored' | 'duplicate' | 'invoice-too-large';

export interface FoldResult {
  /** Only those that got lines, in the order of their first new line. */
  invoices: FoldedInvoice[];
  /** One for each record, in the same order. */
  outcomes: FoldOutcome[];
  /** Index of a duplicate record -> position (`partition:offset`) of the original. */
  duplicateOf: Map<number, string>;
  /** What the batch adds to the summaries. */
  delta: SummaryDelta;
}

/**
 * Folds a micro-batch into its invoices. Pure: neither the records nor `stored` are changed. An event id is stored once
 * in an invoice, the first record that has it wins; a line that would make an invoice larger than the limit, or than a
 * document can be, is left out.
 * @param records in partition order, none of which a former batch has applied: the caller's checkpoint sees to that.
 * @param stored every touched invoice that the store holds already, with all of its line ids.
 */
export function foldBatch(
  records: readonly FoldRecord[],
  stored: ReadonlyMap<string, StoredInvoice>,
  limits: { invoiceLinesMax: number },
): FoldResult {
  const result: FoldResult = { invoices: [], outcomes: [], duplicateOf: new Map(), delta: new Map() };
  const open = new Map<string, OpenInvoice>();
  for (const [index, record] of records.entries()) {
    const { InvoiceNo } = record.item;
    let invoice = open.get(InvoiceNo);
    if (invoice === undefined) open.set(InvoiceNo, (invoice = openInvoice(record.item, stored.get(InvoiceNo))));
    const original = originalOf(invoice, record.eventId);
    if (original !== undefined) {
      result.outcomes.push('duplicate');
      result.duplicateOf.set(index, original);
    } else if (isFull(invoice, limits)) {
      result.outcomes.push('invoice-too-large');
    } else {
      append(invoice, record, result);
      result.outcomes.push('stored');
    }
  }
  return result;
}

/** A record as the line of an invoice, with its exact amount. */
export function lineOf(record: FoldRecord): Line {
  const { item } = record;
  const unitPrice = parseMoney(item.UnitPrice);
  return {
    eventId: record.eventId,
    partition: record.partition,
    offset: record.offset,
    stockCode: item.StockCode,
    description: item.Description,
    quantity: item.Quantity,
    invoiceDate: item.InvoiceDate,
    unitPrice,
    amount: amountOf(item.Quantity, unitPrice),
    customerId: item.CustomerID,
    country: item.Country,
  };
}

/** How a line id's position is written: `partition:offset`. */
export function positionOf(record: { partition: number; offset: number }): string {
  return `${record.partition}:${record.offset}`;
}

interface OpenInvoice {
  folded: FoldedInvoice;
  stored: StoredInvoice | undefined;
  /** Of its document, at most; undefined: not asked for so far. */
  bytes: number | undefined;
  /** Event id -> the record of this batch that has it. */
  added: Map<string, FoldRecord>;
}

function openInvoice(item: Item, stored: StoredInvoice | undefined): OpenInvoice {
  const { lineCount, units, total } = stored ?? { lineCount: 0, units: 0, total: 0n };
  const header = stored?.header ?? {
    invoiceNo: item.InvoiceNo,
    kind: kindOf(item.InvoiceNo),
    customerId: item.CustomerID,
    country: item.Country,
    invoiceDate: item.InvoiceDate,
  };
  return {
    folded: { header, isNew: stored === undefined, added: [], lineCount, units, total },
    stored,
    bytes: undefined,
    added: new Map(),
  };
}

/** The position of the line that has this event id already. */
function originalOf(invoice: OpenInvoice, eventId: string): string | undefined {
  const added = invoice.added.get(eventId);
  return added === undefined ? invoice.stored?.lineIds.get(eventId) : positionOf(added);
}

/** Bytes are counted only of an invoice that might have too many. */
function isFull(invoice: OpenInvoice, { invoiceLinesMax }: { invoiceLinesMax: number }): boolean {
  const { folded, stored } = invoice;
  if (folded.lineCount >= invoiceLinesMax) return true;
  if (folded.lineCount < LINES_THAT_FIT) return false;
  const before = stored?.bytes ?? bytesOfAny(stored?.lineCount ?? 0);
  invoice.bytes ??= folded.added.reduce((bytes, line) => bytes + lineBytes(line), before);
  return !hasRoom(invoice.bytes);
}

function append(invoice: OpenInvoice, record: FoldRecord, result: FoldResult): void {
  const { folded, added } = invoice;
  const line = lineOf(record);
  if (invoice.bytes !== undefined) invoice.bytes += lineBytes(line);
  if (folded.added.length === 0) {
    result.invoices.push(folded);
    if (folded.isNew) addInvoice(result.delta, folded.header);
  }
  folded.added.push(line);
  folded.lineCount++;
  folded.units += line.quantity;
  folded.total += line.amount;
  added.set(record.eventId, record);
  addLine(result.delta, line);
}
