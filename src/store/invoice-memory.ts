import { LRUCache } from 'lru-cache';
import { type FoldedInvoice, positionOf } from '../invoice/index.js';
import type { InvoiceState } from './invoice-states.js';

/** Lines whose ids are kept for one partition; about 250 bytes each. */
const LINES_MAX = 5_000;

/**
 * The invoices that the small micro-batches of a partition wrote last, as they left them, so that the next line of an
 * invoice needs no reading: docs/decisions/0018. It is good from a take-over until the first error, while each batch
 * finds the checkpoint where the one before left it: then all that it says is stored. It may lack what other partitions
 * wrote, so whoever goes by it must write so that the write fails where an invoice has changed.
 */
export class InvoiceMemory {
  private readonly states = new LRUCache<string, InvoiceState>({
    maxSize: LINES_MAX,
    sizeCalculation: ({ lineIds }) => 1 + lineIds.size,
  });

  /** Those of the invoices that are remembered. Callers must not change them. */
  recall(invoiceNos: readonly string[]): Map<string, InvoiceState> {
    const found = new Map<string, InvoiceState>();
    for (const invoiceNo of invoiceNos) {
      const state = this.states.get(invoiceNo);
      if (state !== undefined) found.set(invoiceNo, state);
    }
    return found;
  }

  /** Remembers the invoices as a commit has left them; `before`, as they were read or recalled for it, is used up. */
  keep(partition: number, folded: readonly FoldedInvoice[], before: ReadonlyMap<string, InvoiceState>): void {
    for (const { header, added, lineCount, units, total } of folded) {
      const { invoiceNo } = header;
      const was = before.get(invoiceNo) ?? { partition, lineIds: new Map<string, string>() };
      for (const line of added) was.lineIds.set(line.eventId, positionOf(line));
      this.states.set(invoiceNo, { ...was, header, lineCount, units, total });
    }
  }

  forget(invoiceNos: readonly string[]): void {
    for (const invoiceNo of invoiceNos) this.states.delete(invoiceNo);
  }
}
