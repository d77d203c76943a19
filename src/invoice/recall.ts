import { type AddedLines, positionOf } from './fold.js';
import type { InvoiceHeader, Line } from './item.js';

/** What names a record; no field rule that may have changed since has a part in it. */
export interface NamedRecord {
  eventId: string;
  /** Null where nothing could read it: no such record was ever stored. */
  invoiceNo: string | null;
  partition: number;
  offset: number;
}

/** Of an invoice the lines that have the event ids of some records. */
export interface StoredLines {
  header: InvoiceHeader;
  /** By event id. */
  lines: ReadonlyMap<string, Line>;
}

export interface RecallResult {
  /** Only those with originals, in the order of the first; `added` has the originals' lines as they are stored. */
  invoices: AddedLines[];
  /** One for each record, in the same order. */
  outcomes: ('stored' | 'duplicate' | 'unknown')[];
}

/**
 * What the first run decided about records that the store already holds while Kafka does not: the original when the
 * stored line with its event id has its position, a duplicate when another position has it, and `unknown` when the
 * invoice does not have the event id at all (the record was a dead letter, or the stores disagree). Pure.
 */
export function recallBatch(records: readonly NamedRecord[], stored: ReadonlyMap<string, StoredLines>): RecallResult {
  const invoices = new Map<string, AddedLines>();
  const outcomes = records.map((record): RecallResult['outcomes'][number] => {
    const { invoiceNo } = record;
    const invoice = invoiceNo === null ? undefined : stored.get(invoiceNo);
    const line = invoice?.lines.get(record.eventId);
    if (invoiceNo === null || invoice === undefined || line === undefined) return 'unknown';
    if (positionOf(line) !== positionOf(record)) return 'duplicate';
    const recalled = invoices.get(invoiceNo) ?? { header: invoice.header, added: [] };
    invoices.set(invoiceNo, recalled);
    recalled.added.push(line);
    return 'stored';
  });
  return { invoices: [...invoices.values()], outcomes };
}
