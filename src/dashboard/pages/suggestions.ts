import { Injectable } from '@nestjs/common';
import { formatMoney, type Tally } from '../../invoice/index.js';
import { InvoiceFinder, type InvoiceSums, SummaryReader } from '../../store/index.js';
import { formatCount, formatDay } from './helpers.js';
import { MoneyFormat } from './money-format.js';

/** What somebody who types may mean. */
export interface Suggestion {
  value: string;
  note: string;
  href: string;
}

const LIMIT = 8;
/** Who is a customer changes little; the summaries are asked again after so long. */
const CUSTOMERS_MS = 10_000;

/** Invoices by an index, customers from the summaries: neither reads more the more is stored. */
@Injectable()
export class Suggestions {
  private customers: { ranked: readonly [id: string, tally: Tally][]; atMs: number } = { ranked: [], atMs: -Infinity };

  constructor(
    private readonly finder: InvoiceFinder,
    private readonly summaries: SummaryReader,
    private readonly money: MoneyFormat,
  ) {}

  /** Invoices whose numbers begin so. @throws StoreUnavailableError */
  async invoices(typed: string): Promise<Suggestion[]> {
    const prefix = typed.trim().toUpperCase();
    if (!/^(?:[AC]|[AC]?\d{1,12})$/.test(prefix)) return [];
    return (await this.finder.beginningWith(prefix, LIMIT)).map((invoice) => this.ofInvoice(invoice));
  }

  /** Customers whose numbers begin so, those with the highest revenue first. @throws StoreUnavailableError */
  async customersOf(typed: string): Promise<Suggestion[]> {
    const prefix = typed.trim();
    if (!/^\d{1,16}$/.test(prefix)) return [];
    const found: Suggestion[] = [];
    for (const [id, tally] of await this.ranked()) {
      if (!id.startsWith(prefix)) continue;
      if (found.push(this.ofCustomer(id, tally)) === LIMIT) break;
    }
    return found;
  }

  /** The invoices with the nearest numbers. @throws StoreUnavailableError */
  async invoicesNear(invoiceNo: string): Promise<Suggestion[]> {
    return (await this.finder.near(invoiceNo, LIMIT)).map((invoice) => this.ofInvoice(invoice));
  }

  /** The customers with the nearest numbers, of equally near ones that with the higher revenue first. @throws StoreUnavailableError */
  async customersNear(customerId: number): Promise<Suggestion[]> {
    const nearest: { id: string; tally: Tally; distance: number }[] = [];
    for (const [id, tally] of await this.ranked()) {
      const distance = Math.abs(Number(id) - customerId);
      const farther = nearest.findIndex((other) => other.distance > distance);
      if (farther === -1 && nearest.length === LIMIT) continue;
      nearest.splice(farther === -1 ? nearest.length : farther, 0, { id, tally, distance });
      if (nearest.length > LIMIT) nearest.pop();
    }
    return nearest.map(({ id, tally }) => this.ofCustomer(id, tally));
  }

  private ofInvoice({ invoiceNo, invoiceDate, customerId, total }: InvoiceSums): Suggestion {
    const buyer = customerId === null ? 'Guest' : `Customer ${customerId}`;
    return {
      value: invoiceNo,
      note: `${formatDay(invoiceDate)} · ${buyer} · ${this.money.exact(formatMoney(total))}`,
      href: `/dashboard/invoices/${invoiceNo}`,
    };
  }

  private ofCustomer(id: string, { invoices, revenue }: Tally): Suggestion {
    const bought = `${formatCount(invoices)} ${invoices === 1 ? 'invoice' : 'invoices'}`;
    return {
      value: id,
      note: `${bought} · ${this.money.exact(formatMoney(revenue))}`,
      href: `/dashboard/customers/${id}`,
    };
  }

  private async ranked(): Promise<readonly [string, Tally][]> {
    if (performance.now() - this.customers.atMs > CUSTOMERS_MS) {
      const { sum } = await this.summaries.read({ from: null, to: null });
      const ranked = [...sum.customers].sort(([, a], [, b]) => (a.revenue < b.revenue ? 1 : -1));
      this.customers = { ranked, atMs: performance.now() };
    }
    return this.customers.ranked;
  }
}
