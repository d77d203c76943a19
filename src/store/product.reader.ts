import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { LRUCache } from 'lru-cache';
import type { Model } from 'mongoose';
import type { Money } from '../invoice/index.js';
import { storeError } from './errors.js';
import { type InvoiceSums, SUMS, sumsOf } from './invoice.reader.js';
import { Invoice } from './invoice.schema.js';
import { KEPT_MS_MAX, SummaryReader } from './summary.reader.js';
import { fromDecimal } from './values.js';

/** An invoice that holds a product, and what it holds of it. */
export interface InvoiceOfProduct extends InvoiceSums {
  productUnits: number;
  /** Sum of the amounts of the product's lines, exact. */
  productAmount: Money;
}

/** The invoices of a day, taken apart by product, as they are as long as nothing is stored. */
interface KeptDay {
  mark: string;
  readAtMs: number;
  lines: number;
  byProduct: Map<string, InvoiceOfProduct[]>;
}

/** Lines of the days that are kept, about 250 bytes each; a day with more than a quarter of them is not. */
const KEPT_LINES_MAX = 24_000;
const DAY_MS = 86_400_000;
const OF_LINES = { 'lines.stockCode': 1, 'lines.quantity': 1, 'lines.amount': 1 };

/**
 * Reads which invoices of a day hold a product. An index on the products of all lines would cost every micro-batch two
 * thirds more, so the invoices of the one day are looked through: docs/decisions/0012.
 */
@Injectable()
export class ProductReader {
  private readonly days = new LRUCache<string, KeptDay>({
    maxSize: KEPT_LINES_MAX,
    sizeCalculation: ({ lines }) => 1 + lines,
  });
  private lastMark: string | null = null;

  constructor(
    @InjectModel(Invoice.name) private readonly invoices: Model<Invoice>,
    private readonly summaries: SummaryReader,
  ) {}

  /**
   * The day's invoices (by their own date, UTC) with lines of the product, newest first. Where nothing was stored since the
   * last question, the whole day is read, and kept for the questions about its other products: its mark is older than
   * its invoices, so as long as the mark is the same, so are they. @throws StoreUnavailableError
   */
  async invoicesOn(day: string, stockCode: string): Promise<readonly InvoiceOfProduct[]> {
    const { mark, lines: about } = await this.summaries.state(day);
    const isQuiet = mark === this.lastMark;
    this.lastMark = mark;
    const kept = this.days.get(day);
    const readAtMs = performance.now();
    if (kept?.mark === mark && readAtMs - kept.readAtMs < KEPT_MS_MAX) return kept.byProduct.get(stockCode) ?? [];
    if (!isQuiet || about > KEPT_LINES_MAX / 4) {
      return (await this.invoicesOf(day, stockCode)).map((invoice) => ofProduct(invoice, stockCode)).sort(newestFirst);
    }
    const invoices = (await this.invoicesOf(day, null)).sort(newestFirst);
    const byProduct = new Map<string, InvoiceOfProduct[]>();
    for (const invoice of invoices) {
      for (const [code, lines] of linesByProduct(invoice)) {
        const ofCode = byProduct.get(code);
        const found = ofProduct({ ...invoice, lines }, code);
        if (ofCode === undefined) byProduct.set(code, [found]);
        else ofCode.push(found);
      }
    }
    // Invoices of the day may have lines of other days.
    const lines = invoices.reduce((sum, invoice) => sum + invoice.lines.length, 0);
    if (lines <= KEPT_LINES_MAX / 4) this.days.set(day, { mark, readAtMs, lines, byProduct });
    return byProduct.get(stockCode) ?? [];
  }

  private async invoicesOf(day: string, stockCode: string | null): Promise<(InvoiceSums & Pick<Invoice, 'lines'>)[]> {
    const from = Date.parse(day);
    // The local store leaves out what equals the lower bound of such an index, so the bound is one that no date has.
    const invoiceDate = { $gt: new Date(from - 1), $lt: new Date(from + DAY_MS) };
    const where = stockCode === null ? { invoiceDate } : { invoiceDate, 'lines.stockCode': stockCode };
    // What the local store leaves out of a document costs it more than to tell it.
    const options = stockCode === null ? { batchSize: 1_000 } : { projection: { ...SUMS, ...OF_LINES } };
    try {
      const found = await this.invoices.collection.find<Invoice>(where as object, options).toArray();
      return found.map((invoice) => ({ ...sumsOf(invoice), lines: invoice.lines }));
    } catch (error) {
      throw storeError(error);
    }
  }
}

function linesByProduct({ lines }: Pick<Invoice, 'lines'>): Map<string, Invoice['lines']> {
  const byProduct = new Map<string, Invoice['lines']>();
  for (const line of lines) {
    const ofCode = byProduct.get(line.stockCode);
    if (ofCode === undefined) byProduct.set(line.stockCode, [line]);
    else ofCode.push(line);
  }
  return byProduct;
}

function ofProduct({ lines, ...sums }: InvoiceSums & Pick<Invoice, 'lines'>, stockCode: string): InvoiceOfProduct {
  const ofIt = lines.filter((line) => line.stockCode === stockCode);
  return {
    ...sums,
    productUnits: ofIt.reduce((sum, { quantity }) => sum + quantity, 0),
    productAmount: ofIt.reduce((sum, { amount }) => sum + fromDecimal(amount), 0n),
  };
}

function newestFirst(a: InvoiceSums, b: InvoiceSums): number {
  if (a.invoiceDate !== b.invoiceDate) return a.invoiceDate < b.invoiceDate ? 1 : -1;
  return a.invoiceNo < b.invoiceNo ? 1 : -1;
}
