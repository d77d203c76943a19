import { type FoldedInvoice, type FoldRecord, lineOf, positionOf, type StoredInvoice } from './fold.js';

export interface RecallResult {
  /** Only those with originals, in the order of the first; `added` has the originals' lines. */
  invoices: FoldedInvoice[];
  /** One for each record, in the same order. */
  outcomes: ('stored' | 'duplicate' | 'unknown')[];
}

/**
 * What the first run decided about records that the store already holds while Kafka does not: the original when the
 * stored line with its event id has its position, a duplicate when another position has it, and `unknown` when the
 * invoice does not have the event id at all (the record was a dead letter, or the stores disagree).
 * The sums of the invoices are those that the store has now, which later batches may have changed already; so `isNew`
 * is always false. Pure.
 */
export function recallBatch(records: readonly FoldRecord[], stored: ReadonlyMap<string, StoredInvoice>): RecallResult {
  const invoices = new Map<string, FoldedInvoice>();
  const outcomes = records.map((record): RecallResult['outcomes'][number] => {
    const { InvoiceNo } = record.item;
    const invoice = stored.get(InvoiceNo);
    const original = invoice?.lineIds.get(record.eventId);
    if (invoice === undefined || original === undefined) return 'unknown';
    if (original !== positionOf(record)) return 'duplicate';
    let recalled = invoices.get(InvoiceNo);
    if (recalled === undefined) {
      const { header, lineCount, units, total } = invoice;
      recalled = { header, isNew: false, added: [], lineCount, units, total };
      invoices.set(InvoiceNo, recalled);
    }
    recalled.added.push(lineOf(record));
    return 'stored';
  });
  return { invoices: [...invoices.values()], outcomes };
}
