import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { formatMoney, type Item, type Line } from '../invoice/index.js';
import { storeError } from './errors.js';
import { Invoice } from './invoice.schema.js';
import { lineFrom } from './values.js';

const INVOICES_PER_READ = 500;
const FIELDS = { customerId: 1, country: 1, partition: 1, lines: 1 };

/** Streams everything that is stored. */
@Injectable()
export class LineReader {
  constructor(@InjectModel(Invoice.name) private readonly invoices: Model<Invoice>) {}

  /**
   * The lines of every invoice as canonical items, one array for each invoice, in the order in which the store keeps
   * them. A collection is read in one go from its start, in constant memory; what is stored meanwhile may or may not be
   * in it, and no line comes twice.
   */
  async *items(): AsyncGenerator<Item[]> {
    try {
      const documents = this.invoices.collection.find<Invoice>(
        {},
        { projection: FIELDS, batchSize: INVOICES_PER_READ },
      );
      for await (const invoice of documents) {
        yield invoice.lines.map((stored) => itemFrom(invoice._id, lineFrom(stored, invoice)));
      }
    } catch (error) {
      throw storeError(error);
    }
  }
}

function itemFrom(invoiceNo: string, line: Line): Item {
  return {
    InvoiceNo: invoiceNo,
    StockCode: line.stockCode,
    Description: line.description,
    Quantity: line.quantity,
    InvoiceDate: line.invoiceDate,
    UnitPrice: formatMoney(line.unitPrice),
    CustomerID: line.customerId,
    Country: line.country,
  };
}
