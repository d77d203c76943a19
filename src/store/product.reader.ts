import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Money } from '../invoice/index.js';
import { storeError } from './errors.js';
import { type InvoiceSums, SUMS, sumsOf } from './invoice.reader.js';
import { Invoice } from './invoice.schema.js';
import { fromDecimal } from './values.js';

/** An invoice that holds a product, and what it holds of it. */
export interface InvoiceOfProduct extends InvoiceSums {
  productUnits: number;
  /** Sum of the amounts of the product's lines, exact. */
  productAmount: Money;
}

const DAY_MS = 86_400_000;
const OF_LINES = { 'lines.stockCode': 1, 'lines.quantity': 1, 'lines.amount': 1 };

/**
 * Reads which invoices of a day hold a product. An index on the products of all lines would cost every micro-batch two
 * thirds more, so the invoices of the one day are looked through: docs/decisions/0012.
 */
@Injectable()
export class ProductReader {
  constructor(@InjectModel(Invoice.name) private readonly invoices: Model<Invoice>) {}

  /** The day's invoices (by their own date, UTC) with lines of the product, newest first. @throws StoreUnavailableError */
  async invoicesOn(day: string, stockCode: string): Promise<InvoiceOfProduct[]> {
    const from = Date.parse(day);
    // The local store leaves out what equals the lower bound of such an index, so the bound is one that no date has.
    const invoiceDate = { $gt: new Date(from - 1), $lt: new Date(from + DAY_MS) };
    try {
      const found = await this.invoices.collection
        .find<Invoice>({ invoiceDate, 'lines.stockCode': stockCode } as object, {
          projection: { ...SUMS, ...OF_LINES },
        })
        .toArray();
      return found.map((invoice) => ofProduct(invoice, stockCode)).sort(newestFirst);
    } catch (error) {
      throw storeError(error);
    }
  }
}

function ofProduct(invoice: Invoice, stockCode: string): InvoiceOfProduct {
  const lines = invoice.lines.filter((line) => line.stockCode === stockCode);
  return {
    ...sumsOf(invoice),
    productUnits: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    productAmount: lines.reduce((sum, { amount }) => sum + fromDecimal(amount), 0n),
  };
}

function newestFirst(a: InvoiceSums, b: InvoiceSums): number {
  if (a.invoiceDate !== b.invoiceDate) return a.invoiceDate < b.invoiceDate ? 1 : -1;
  return a.invoiceNo < b.invoiceNo ? 1 : -1;
}
