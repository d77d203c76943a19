import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { InvoiceHeader, Line, Money } from '../invoice/index.js';
import { storeError } from './errors.js';
import { Invoice } from './invoice.schema.js';
import { fromDecimal, lineFrom, toIsoSeconds } from './values.js';

/** An invoice without its lines. */
export interface InvoiceSums extends InvoiceHeader {
  lineCount: number;
  /** Sum of the quantities. */
  units: number;
  /** Sum of the amounts, exact. */
  total: Money;
}

/** An invoice with its lines, in the order in which they were stored. */
export interface StoredInvoiceDetail extends InvoiceSums {
  lines: Line[];
}

/** Reads single invoices. */
@Injectable()
export class InvoiceReader {
  constructor(@InjectModel(Invoice.name) private readonly invoices: Model<Invoice>) {}

  /** The invoice with this canonical number, null when there is none. @throws StoreUnavailableError */
  async find(invoiceNo: string): Promise<StoredInvoiceDetail | null> {
    try {
      const found = await this.invoices.collection.findOne<Invoice>({ _id: invoiceNo } as object);
      return found === null ? null : { ...sumsOf(found), lines: found.lines.map((line) => lineFrom(line, found)) };
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** The fields that `sumsOf` takes. */
export const SUMS = { kind: 1, customerId: 1, country: 1, invoiceDate: 1, lineCount: 1, units: 1, total: 1 };

/** What a stored invoice says, without its lines. */
export function sumsOf(invoice: Omit<Invoice, 'lines' | 'partition'>): InvoiceSums {
  const { _id: invoiceNo, kind, customerId, country, invoiceDate, lineCount, units, total } = invoice;
  const date = toIsoSeconds(invoiceDate);
  return { invoiceNo, kind, customerId, country, invoiceDate: date, lineCount, units, total: fromDecimal(total) };
}
