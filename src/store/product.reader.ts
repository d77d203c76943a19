import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { LRUCache } from 'lru-cache';
import type { Model } from 'mongoose';
import type { Money } from '../invoice/index.js';
import { storeError } from './errors.js';
import { type InvoiceSums, SUMS, sumsOf } from './invoice.reader.js';
import { Invoice } from './invoice.schema.js';
import { KEPT_MS_MAX } from './summary-heads.js';
import { SummaryReader } from './summary.reader.js';
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
      const found = await this.invoicesOf(day, stockCode);
      return found.flatMap((invoice) => byProduct(invoice).get(stockCode) ?? []).sort(newestFirst);
    }
    const invoices = (await this.invoicesOf(day, null)).sort(newestFirst);
    const ofDay = new Map<string, InvoiceOfProduct[]>();
    for (const invoice of invoices) {
      for (const [code, found] of byProduct(invoice)) {
        const others = ofDay.get(code);
        if (others === undefined) ofDay.set(code, [found]);
        else others.push(found);
      }
    }
    // Invoices of the day may have lines of other days.
    const lines = invoices.reduce((sum, invoice) => sum + invoice.lines.length, 0);
    if (lines <= KEPT_LINES_MAX / 4) this.days.set(day, { mark, readAtMs, lines, byProduct: ofDay });
    return ofDay.get(stockCode) ?? [];
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

/** What the invoice holds of each product that its lines have. */
function byProduct({ lines, ...sums }: InvoiceSums & Pick<Invoice, 'lines'>): Map<string, InvoiceOfProduct> {
  const found = new Map<string, InvoiceOfProduct>();
  for (const { stockCode, quantity, amount } of lines) {
    const ofProduct = found.get(stockCode) ?? { ...sums, productUnits: 0, productAmount: 0n };
    ofProduct.productUnits += quantity;
    ofProduct.productAmount += fromDecimal(amount);
    found.set(stockCode, ofProduct);
  }
  return found;
}

function newestFirst(a: InvoiceSums, b: InvoiceSums): number {
  if (a.invoiceDate !== b.invoiceDate) return a.invoiceDate < b.invoiceDate ? 1 : -1;
  return a.invoiceNo < b.invoiceNo ? 1 : -1;
}
