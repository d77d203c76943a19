import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { kindOf } from '../invoice/index.js';
import { storeError } from './errors.js';
import { type InvoiceSums, SUMS, sumsOf } from './invoice.reader.js';
import { Invoice } from './invoice.schema.js';
import { SummaryReader } from './summary.reader.js';

/** Numbers in one window, and windows for one answer: what is read stays small however much is stored. */
const WINDOW = 100;
const WINDOWS_MAX = 12;
/** Invoices of the newest days that are looked through. */
const RECENT_MAX = 300;
const RECENT_MS = 10_000;
const DAY_MS = 86_400_000;
/** How many digits numbers have where none is stored to tell. */
const DIGITS = 6;

/**
 * Finds invoices by the beginning of their number, by nearness, and those that are new, by the indexes on (kind, number)
 * and on the date. MongoDB would walk a long range and stop early; the local store reads all of a range before it
 * stops, so only ranges of a hundred numbers are asked for.
 */
@Injectable()
export class InvoiceFinder {
  private recently: { invoices: InvoiceSums[]; atMs: number } = { invoices: [], atMs: -Infinity };

  constructor(
    @InjectModel(Invoice.name) private readonly invoices: Model<Invoice>,
    private readonly summaries: SummaryReader,
  ) {}

  /**
   * Up to `limit` invoices whose numbers begin with the prefix (an optional letter, then digits), lowest first: all of
   * them where at most two digits are missing, else some. @throws StoreUnavailableError
   */
  async beginningWith(prefix: string, limit: number): Promise<InvoiceSums[]> {
    try {
      const recent = await this.recent();
      const found = new Map<string, InvoiceSums>();
      const take = (some: readonly InvoiceSums[]) => {
        for (const one of some) if (one.invoiceNo.startsWith(prefix)) found.set(one.invoiceNo, one);
      };
      for (const [from, to] of windowsOf(prefix, lengthsOf(recent, prefix))) {
        take(await this.between(kindOf(prefix), from, to));
        if (found.size >= limit) break;
      }
      if (found.size < limit) take(recent);
      return [...found.values()].sort(byNumber).slice(0, limit);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Up to `limit` invoices whose numbers are nearest to one that is not stored, lowest first. @throws StoreUnavailableError */
  async near(invoiceNo: string, limit: number): Promise<InvoiceSums[]> {
    const [, letter = '', digits = ''] = /^([A-Z]?)(\d+)$/.exec(invoiceNo) ?? [];
    const number = Number(digits);
    const at = (value: number) => letter + String(Math.max(0, value)).padStart(digits.length, '0');
    const distance = (one: InvoiceSums) => Math.abs(Number(one.invoiceNo.slice(letter.length)) - number);
    try {
      const around = await this.between(kindOf(invoiceNo), at(number - WINDOW / 2), at(number + WINDOW / 2));
      const alike = around.filter((one) => one.invoiceNo.length === invoiceNo.length);
      return alike
        .sort((a, b) => distance(a) - distance(b))
        .slice(0, limit)
        .sort(byNumber);
    } catch (error) {
      throw storeError(error);
    }
  }

  private async between(kind: string, from: string, to: string): Promise<InvoiceSums[]> {
    const where = { kind, _id: { $gte: from, $lt: to } } as object;
    const found = await this.invoices.collection.find<Invoice>(where, { projection: SUMS }).toArray();
    return found.map(sumsOf);
  }

  /** Those of the newest days, some seconds old at most. */
  private async recent(): Promise<InvoiceSums[]> {
    if (performance.now() - this.recently.atMs < RECENT_MS) return this.recently.invoices;
    const days = await this.summaries.days({ from: null, to: null });
    const newest = days.at(-1);
    if (newest === undefined || newest.invoices > RECENT_MAX * 10) return this.recently.invoices;
    const from = Date.parse(newest.day);
    // The local store leaves out what equals the lower bound of such an index, so the bound is one that no date has.
    const where = { invoiceDate: { $gt: new Date(from - 1), $lt: new Date(from + DAY_MS) } } as object;
    const found = this.invoices.collection.find<Invoice>(where, { projection: SUMS }).limit(RECENT_MAX);
    this.recently = { invoices: (await found.toArray()).map(sumsOf), atMs: performance.now() };
    return this.recently.invoices;
  }
}

/** How many digits the numbers of this kind have that are longer than the prefix. */
function lengthsOf(recent: readonly InvoiceSums[], prefix: string): number[] {
  const kind = kindOf(prefix);
  const lengths = recent.filter((one) => one.kind === kind).map((one) => one.invoiceNo.length);
  const fallback = /^[A-Z]/.test(prefix) ? DIGITS + 1 : DIGITS;
  return [...new Set([...lengths, fallback])].filter((length) => length >= prefix.length).slice(0, 3);
}

/** Ranges of at most a hundred numbers each that begin with the prefix, evenly over all that do. */
function windowsOf(prefix: string, lengths: readonly number[]): [from: string, to: string][] {
  const windows = lengths.flatMap((length): [string, string][] => {
    const missing = length - prefix.length;
    if (missing <= 2) return [[prefix, `${prefix}:`]];
    const starts = Array.from({ length: 10 }, (_, digit) => `${prefix}${digit}`.padEnd(length - 2, '0'));
    return starts.map((start): [string, string] => [start, `${start}:`]);
  });
  return windows.slice(0, WINDOWS_MAX);
}

function byNumber(a: InvoiceSums, b: InvoiceSums): number {
  return a.invoiceNo < b.invoiceNo ? -1 : 1;
}
