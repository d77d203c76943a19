import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import type { FoldedInvoice } from '../invoice/index.js';
import { StoreUnavailableError } from './errors.js';
import { Invoice } from './invoice.schema.js';
import type { InvoiceState } from './invoice-states.js';
import { storedLine, toDecimal } from './values.js';

type Operation = Parameters<Model<Invoice>['collection']['bulkWrite']>[0][number];

/** Writes folded invoices: new ones whole, the others as the lines that they get and their new sums. */
@Injectable()
export class InvoiceWriter {
  constructor(@InjectModel(Invoice.name) private readonly invoices: Model<Invoice>) {}

  /**
   * One unordered bulk write inside the session's transaction. An invoice that changed since it was read (another
   * partition writes to it as well, after partitions were added) fails the transaction, to be folded again.
   */
  async write(
    partition: number,
    folded: readonly FoldedInvoice[],
    read: ReadonlyMap<string, InvoiceState>,
    session: ClientSession,
  ): Promise<void> {
    if (folded.length === 0) return;
    const operations = folded.map((invoice) => operationOf(partition, invoice, read.get(invoice.header.invoiceNo)));
    const result = await this.invoices.collection.bulkWrite(operations, { session, ordered: false });
    if (result.insertedCount + result.matchedCount !== operations.length) {
      throw new StoreUnavailableError('an invoice was changed by another partition at the same time');
    }
  }
}

function operationOf(partition: number, folded: FoldedInvoice, before: InvoiceState | undefined): Operation {
  const { header, added, lineCount, units } = folded;
  const total = toDecimal(folded.total);
  const { invoiceNo: _id, kind, customerId, country, invoiceDate } = header;
  if (before === undefined) {
    const lines = added.map((line) => storedLine(line, { partition, customerId, country }));
    const date = new Date(invoiceDate);
    const document = { _id, kind, customerId, country, invoiceDate: date, partition, lineCount, units, total, lines };
    return { insertOne: { document: document as never } };
  }
  const lines = added.map((line) => storedLine(line, { partition: before.partition, customerId, country }));
  return {
    updateOne: {
      filter: { _id, lineCount: before.lineCount } as object,
      update: { $push: { lines: { $each: lines } }, $set: { lineCount, units, total } } as object,
    },
  };
}
