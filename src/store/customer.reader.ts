import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, Types } from 'mongoose';
import { type CustomerTotals, totalsOf } from './customer-totals.js';
import { storeError } from './errors.js';
import { type InvoiceSums, SUMS, sumsOf } from './invoice.reader.js';
import { Invoice } from './invoice.schema.js';
import { SummaryReader } from './summary.reader.js';
import { fromDecimal, toIsoSeconds } from './values.js';

/** What a customer's invoices add up to, and some of them. */
export interface CustomerPage {
  totals: CustomerTotals;
  invoices: InvoiceSums[];
  next: InvoicePlace | null;
}

/** A place in a list of invoices, newest first. */
export interface InvoicePlace {
  /** ISO 8601 UTC to the second. */
  invoiceDate: string;
  invoiceNo: string;
}

const DAY_MS = 86_400_000;
/** Up to so many pages full of invoices are read sooner than the days are found that the newest are in. */
const FEW = 4;

/** Reads what a customer bought, by the index on (customer, date, number). */
@Injectable()
export class CustomerReader {
  constructor(
    @InjectModel(Invoice.name) private readonly invoices: Model<Invoice>,
    private readonly summaries: SummaryReader,
  ) {}

  /** Null for a customer without invoices. @throws StoreUnavailableError */
  async totals(customerId: number): Promise<CustomerTotals | null> {
    try {
      const [sums] = await this.invoices.collection
        .aggregate<Sums>([{ $match: { customerId } }, { $group: SUM_UP }])
        .toArray();
      if (sums === undefined) return null;
      const { invoices, lines, units, revenue, cancellations, first, last } = sums;
      const newest = await this.invoices.collection
        .find<{ country: string }>({ customerId, invoiceDate: last }, { projection: { country: 1 } })
        .sort({ _id: -1 })
        .limit(1)
        .next();
      return {
        ...{
          customerId,
          country: newest?.country ?? '',
          invoices,
          lines,
          units,
          revenue: fromDecimal(revenue),
          cancellations,
        },
        firstInvoiceDate: toIsoSeconds(first),
        lastInvoiceDate: toIsoSeconds(last),
      };
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * The totals with a page of `invoicesOf`; null for a customer without invoices. Where there are no more than a few pages
   * of them, all are read once.
   * @param about how many there are, as the summaries say.
   * @throws StoreUnavailableError
   */
  async page(
    customerId: number,
    { after, limit, about }: { after: InvoicePlace | null; limit: number; about: number },
  ): Promise<CustomerPage | null> {
    if (after === null && about <= limit * FEW) {
      const all = await this.invoicesOf(customerId, null, limit * FEW, about);
      if (all.next === null) {
        const totals = totalsOf(customerId, all.invoices);
        return totals === null ? null : { totals, ...firstOf(all.invoices, limit) };
      }
    }
    const totals = await this.totals(customerId);
    if (totals === null) return null;
    return { totals, ...(await this.invoicesOf(customerId, after, limit, totals.invoices)) };
  }

  /** Up to `limit` invoices of the customer on one day (`YYYY-MM-DD`, UTC), oldest first. @throws StoreUnavailableError */
  async onDay(customerId: number, day: string, limit: number): Promise<InvoiceSums[]> {
    const fromMs = Date.parse(day);
    // The local store leaves out what equals the lower bound of such an index, so the bound is one that no date has.
    const invoiceDate = { $gt: new Date(fromMs - 1), $lt: new Date(fromMs + DAY_MS) };
    try {
      const found = this.invoices.collection.find<Invoice>({ customerId, invoiceDate }, { projection: SUMS });
      return (await found.sort({ invoiceDate: 1, _id: 1 }).limit(limit).toArray()).map(sumsOf);
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * Up to `limit` invoices, newest first (by date, then number), from the one after `after` on, and where the next page
   * starts. Following `next` to the end gives every invoice once, whatever is stored meanwhile.
   * @param about how many invoices the customer has, where that is known: a few are read in one go.
   * @throws StoreUnavailableError
   */
  async invoicesOf(
    customerId: number,
    after: InvoicePlace | null,
    limit: number,
    about = Infinity,
  ): Promise<{ invoices: InvoiceSums[]; next: InvoicePlace | null }> {
    const found: InvoiceSums[] = [];
    try {
      for await (const where of this.windows(customerId, after, { wanted: limit + 1, about })) {
        const rest = limit + 1 - found.length;
        const part = this.invoices.collection
          .find<Invoice>(where, { projection: SUMS })
          .sort({ invoiceDate: -1, _id: -1 })
          .limit(rest);
        for await (const invoice of part) found.push(sumsOf(invoice));
        if (found.length > limit) break;
      }
    } catch (error) {
      throw storeError(error);
    }
    return firstOf(found, limit);
  }

  /**
   * Disjoint conditions that together hold every invoice after the place, newer ones first. MongoDB would serve one
   * condition as well; the local store reads all that match before it sorts, so it is asked for a few days at first: for
   * so many that about `wanted` invoices were written in them, then for four times as many, and so on.
   */
  private async *windows(
    customerId: number,
    after: InvoicePlace | null,
    { wanted, about }: { wanted: number; about: number },
  ): AsyncGenerator<object> {
    let upper: Date | null = null;
    if (after !== null) {
      upper = new Date(after.invoiceDate);
      yield { customerId, invoiceDate: upper, _id: { $lt: after.invoiceNo } };
    }
    const isFew = about <= wanted * FEW;
    const days = isFew ? [] : await this.summaries.days({ from: null, to: after?.invoiceDate.slice(0, 10) ?? null });
    for (let bound = wanted, end = days.length; end > 0; bound *= 4) {
      let inWindow = 0;
      while (end > 0 && inWindow < bound) inWindow += days[--end]?.invoices ?? 0;
      const day = days[end]?.day;
      if (end === 0 || day === undefined) break;
      const lower = new Date(`${day}T00:00:00Z`);
      // The local store leaves out what equals the lower bound of such an index, so the bound is one that no date has.
      const below = new Date(lower.getTime() - 1);
      yield { customerId, invoiceDate: { $gt: below, ...(upper === null ? {} : { $lt: upper }) } };
      upper = lower;
    }
    yield { customerId, ...(upper === null ? {} : { invoiceDate: { $lt: upper } }) };
  }
}

/** So many of them, and the place of the last one where there are more. */
function firstOf(all: readonly InvoiceSums[], limit: number): { invoices: InvoiceSums[]; next: InvoicePlace | null } {
  const invoices = all.slice(0, limit);
  const last = invoices.at(-1);
  const hasMore = all.length > limit && last !== undefined;
  return { invoices, next: hasMore ? { invoiceDate: last.invoiceDate, invoiceNo: last.invoiceNo } : null };
}

interface Sums {
  invoices: number;
  lines: number;
  units: number;
  revenue: Types.Decimal128;
  cancellations: number;
  first: Date;
  last: Date;
}

const SUM_UP = {
  _id: null,
  invoices: { $sum: 1 },
  lines: { $sum: '$lineCount' },
  units: { $sum: '$units' },
  revenue: { $sum: '$total' },
  cancellations: { $sum: { $cond: [{ $eq: ['$kind', 'cancellation'] }, 1, 0] } },
  first: { $min: '$invoiceDate' },
  last: { $max: '$invoiceDate' },
};
