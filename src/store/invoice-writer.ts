import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import type { FoldedInvoice } from '../invoice/index.js';
import { StoreUnavailableError } from './errors.js';
import type { InvoiceState } from './invoice-states.js';
import { Invoice } from './invoice.schema.js';
import { storedLine, toDecimal } from './values.js';

/** Writes folded invoices: new ones whole, the others as the lines that they get and their new sums. */
@Injectable()
export class InvoiceWriter {
  constructor(@InjectModel(Invoice.name) private readonly invoices: Model<Invoice>) {}

  /**
   * At most two commands inside the session's transaction. An invoice that changed since it was read (another partition
   * writes to it as well, after partitions were added) fails the transaction, to be folded again.
   */
  async write(
    partition: number,
    folded: readonly FoldedInvoice[],
    read: ReadonlyMap<string, InvoiceState>,
    session: ClientSession,
  ): Promise<void> {
    const documents: Invoice[] = [];
    const updates: Update[] = [];
    for (const invoice of folded) {
      const before = read.get(invoice.header.invoiceNo);
      if (before === undefined) documents.push(documentOf(partition, invoice));
      else updates.push(updateOf(invoice, before));
    }
    const { collectionName } = this.invoices.collection;
    if (documents.length > 0) await this.run({ insert: collectionName, documents }, documents.length, session);
    if (updates.length > 0) await this.run({ update: collectionName, updates }, updates.length, session);
  }

  /** The bare command: the driver's bulk API would measure every document's size before it is written. */
  private async run(command: Record<string, unknown>, expected: number, session: ClientSession): Promise<void> {
    const answer = await this.invoices.db.db?.command(command, { session });
    if (answer?.['n'] !== expected) {
      throw new StoreUnavailableError('an invoice was changed by another partition at the same time');
    }
  }
}

interface Update {
  q: { _id: string; lineCount: number };
  u: Record<string, unknown>;
}

function documentOf(partition: number, { header, added, lineCount, units, total }: FoldedInvoice): Invoice {
  const { invoiceNo, kind, customerId, country, invoiceDate } = header;
  const lines = added.map((line) => storedLine(line, { partition, customerId, country }));
  return {
    _id: invoiceNo,
    kind,
    customerId,
    country,
    invoiceDate: new Date(invoiceDate),
    partition,
    lineCount,
    units,
    total: toDecimal(total),
    lines,
  };
}

function updateOf({ header, added, lineCount, units, total }: FoldedInvoice, before: InvoiceState): Update {
  const { invoiceNo, customerId, country } = header;
  const lines = added.map((line) => storedLine(line, { partition: before.partition, customerId, country }));
  return {
    q: { _id: invoiceNo, lineCount: before.lineCount },
    u: { $push: { lines: { $each: lines } }, $set: { lineCount, units, total: toDecimal(total) } },
  };
}
