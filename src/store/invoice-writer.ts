import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { FoldedInvoice } from '../invoice/index.js';
import { Turns } from '../turns.js';
import { InvoiceChangedError } from './errors.js';
import type { InvoiceState } from './invoice-states.js';
import { Invoice } from './invoice.schema.js';
import type { TransactionWrites } from './transaction-writes.js';
import { storedLine, toDecimal } from './values.js';

/** Writes folded invoices: new ones whole, the others as the lines that they get and their new sums. */
@Injectable()
export class InvoiceWriter {
  constructor(@InjectModel(Invoice.name) private readonly invoices: Model<Invoice>) {}

  /**
   * An invoice that is not as `read` says (another partition writes to it as well, after partitions were added, or it
   * was only remembered) fails the writes with InvoiceChangedError, to be folded again.
   */
  async write(
    partition: number,
    folded: readonly FoldedInvoice[],
    read: ReadonlyMap<string, InvoiceState>,
    writes: TransactionWrites,
  ): Promise<void> {
    const { collectionName } = this.invoices.collection;
    const turns = new Turns();
    const known: { invoice: FoldedInvoice; before: InvoiceState }[] = [];
    // Those of a kind one after another, so that they go in one command.
    for (const invoice of folded) {
      await turns.pass();
      const before = read.get(invoice.header.invoiceNo);
      if (before === undefined) writes.insert(collectionName, documentOf(partition, invoice), changed);
      else known.push({ invoice, before });
    }
    for (const { invoice, before } of known) {
      await turns.pass();
      writes.update(collectionName, placeOf(before), changeOf(invoice, before), changed);
    }
  }
}

function changed(): Error {
  return new InvoiceChangedError('an invoice was changed by another partition at the same time');
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

function placeOf({ header, lineCount }: InvoiceState): object {
  return { _id: header.invoiceNo, lineCount };
}

function changeOf({ header, added, lineCount, units, total }: FoldedInvoice, before: InvoiceState): object {
  const { customerId, country } = header;
  const lines = added.map((line) => storedLine(line, { partition: before.partition, customerId, country }));
  return { $push: { lines: { $each: lines } }, $set: { lineCount, units, total: toDecimal(total) } };
}
