import { customers, type Customer, CUSTOMERS_COUNT, type Product, products, PRODUCTS_COUNT } from './shop/catalogue.js';
import { spoil } from './shop/bad-lines.js';
import { pick, type Random, randomFrom, wholeBetween, zipf } from './shop/random.js';

/** What must become of a line. A duplicate has the event id of an earlier line and nothing else than it had. */
export type Expectation = 'stored' | 'duplicate' | 'rejected';

/** One line as a shop would send it: the data set's fields and an `EventId`. Bad ones have bad values in them. */
export interface ShopLine {
  item: Readonly<Record<string, unknown>>;
  expectation: Expectation;
}

export interface ShopOptions {
  /** The time of each cart, ms since 1970; by default a clock of its own that begins on 2026-01-05 at 8:00 UTC. */
  now?: () => number;
}

const SHARES = {
  guest: 0.25,
  cancellation: 0.02,
  adjustment: 0.002,
  duplicate: 0.006,
  bad: 0.004,
  noDescription: 0.002,
};
const CART_LINES_MAX = 60;
/** Carts that may still be cancelled. */
const REMEMBERED_CARTS = 200;

/**
 * An endless, realistic stream of invoice lines: carts of 1 to 60 lines, popular products and returning customers by
 * Zipf's law, guests, cancellations of earlier carts, adjustments, lines that are sent twice and a few bad ones. Pure: the
 * same seed (a whole number) and clock give the same lines. Invoice numbers of different seeds do not meet in practice.
 */
export function* generateLines(seed: number, options: ShopOptions = {}): Generator<ShopLine> {
  for (const cart of generateCarts(seed, options)) yield* cart;
}

/** The same lines, in the portions in which a shop sends them: one cart, with whatever is sent again besides. */
export function* generateCarts(seed: number, options: ShopOptions = {}): Generator<ShopLine[]> {
  const shop = new Shop(seed, options.now);
  for (;;) yield shop.nextCart();
}

/** The fields that a good line has. */
type GoodItem = {
  InvoiceNo: string;
  StockCode: string;
  Description: string | null;
  Quantity: number;
  InvoiceDate: string;
  UnitPrice: number;
  CustomerID: number | null;
  Country: string;
  EventId: string;
};

type Buyer = Pick<GoodItem, 'CustomerID' | 'Country'>;

class Shop {
  private readonly random: Random;
  private readonly products = products();
  private readonly customers = customers();
  private readonly productRank = zipf(PRODUCTS_COUNT, 0.9);
  private readonly customerRank = zipf(CUSTOMERS_COUNT, 0.7);
  private readonly now: () => number;
  private readonly firstInvoice: number;
  private readonly carts: GoodItem[][] = [];
  private again: GoodItem[] = [];
  private invoices = 0;
  private lines = 0;

  constructor(
    private readonly seed: number,
    now?: () => number,
  ) {
    this.random = randomFrom(seed);
    this.firstInvoice = (100_000 + Math.floor(randomFrom(seed ^ 0x5f3759df)() * 900_000)) * 1_000_000;
    this.now = now ?? openingHours(randomFrom(seed + 1));
  }

  nextCart(): ShopLine[] {
    const { random } = this;
    const repeated = this.again;
    this.again = [];
    const chance = random();
    const earlier =
      chance < SHARES.cancellation ? this.carts[wholeBetween(random, 0, this.carts.length - 1)] : undefined;
    const isAdjustment = chance > 1 - SHARES.adjustment;
    const items = isAdjustment ? [this.adjustment()] : earlier === undefined ? this.sale() : this.cancellation(earlier);
    if (earlier === undefined && !isAdjustment) this.remember(items);
    const cart: ShopLine[] = [];
    for (const item of items) {
      cart.push({ item, expectation: 'stored' });
      if (random() < SHARES.duplicate) this.again.push(item);
      if (random() < SHARES.bad)
        cart.push({ item: spoil(random, { ...item, EventId: this.eventId() }), expectation: 'rejected' });
    }
    for (const item of repeated) cart.push({ item, expectation: 'duplicate' });
    return cart;
  }

  private sale(): GoodItem[] {
    const { random } = this;
    const head = { InvoiceNo: this.invoiceNo(''), ...this.buyer(), InvoiceDate: this.date() };
    // Most carts are small, some are very large: about twenty lines on average.
    const lines = Math.max(1, Math.min(CART_LINES_MAX, Math.round(-20 * Math.log(1 - random()))));
    return Array.from({ length: lines }, () => this.line(head, this.product(), this.quantity()));
  }

  /** Some lines of an earlier cart come back. */
  private cancellation(earlier: readonly GoodItem[]): GoodItem[] {
    const head = { InvoiceNo: this.invoiceNo('C'), InvoiceDate: this.date() };
    const returned = earlier.filter((_, index) => index === 0 || this.random() < 0.2);
    return returned.map((item) => ({ ...item, ...head, Quantity: -item.Quantity, EventId: this.eventId() }));
  }

  private adjustment(): GoodItem {
    const head = {
      InvoiceNo: this.invoiceNo('A'),
      CustomerID: null,
      Country: 'United Kingdom',
      InvoiceDate: this.date(),
    };
    const unitPrice = wholeBetween(this.random, -1_500_000, 500_000) / 100;
    return this.line(head, { stockCode: 'B', description: 'Adjust bad debt', unitPrice }, 1);
  }

  private line(
    head: Buyer & Pick<GoodItem, 'InvoiceNo' | 'InvoiceDate'>,
    product: Product,
    quantity: number,
  ): GoodItem {
    return {
      InvoiceNo: head.InvoiceNo,
      StockCode: product.stockCode,
      Description: this.random() < SHARES.noDescription ? null : product.description,
      Quantity: quantity,
      InvoiceDate: head.InvoiceDate,
      UnitPrice: product.unitPrice,
      CustomerID: head.CustomerID,
      Country: head.Country,
      EventId: this.eventId(),
    };
  }

  private buyer(): Buyer {
    const { random } = this;
    const customer: Customer | undefined = this.customers[this.customerRank(random)];
    if (customer === undefined || random() < SHARES.guest) return { CustomerID: null, Country: 'United Kingdom' };
    return { CustomerID: customer.customerId, Country: customer.country };
  }

  private product(): Product {
    return this.products[this.productRank(this.random)] ?? { stockCode: 'M', description: 'Manual', unitPrice: 1 };
  }

  private quantity(): number {
    const { random } = this;
    const chance = random();
    if (chance < 0.5) return wholeBetween(random, 1, 6);
    return chance < 0.97 ? pick(random, [6, 8, 10, 12, 12, 24, 36, 48]) : wholeBetween(random, 72, 1_200);
  }

  private remember(cart: GoodItem[]): void {
    if (this.carts.length < REMEMBERED_CARTS) this.carts.push(cart);
    else this.carts[this.invoices % REMEMBERED_CARTS] = cart;
  }

  private invoiceNo(kind: '' | 'C' | 'A'): string {
    return `${kind}${this.firstInvoice + ++this.invoices}`;
  }

  private eventId(): string {
    return `shop-${this.seed}-${++this.lines}`;
  }

  private date(): string {
    return `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
  }
}

const HOUR_MS = 3_600_000;

/** A clock that goes on by some minutes at each look, and only while the shop is open: 8:00 to 20:00 UTC. */
function openingHours(random: Random): () => number {
  let at = Date.UTC(2026, 0, 5, 8);
  return () => {
    at += wholeBetween(random, 5, 600) * 1_000;
    if (new Date(at).getUTCHours() >= 20) at += 12 * HOUR_MS;
    return at;
  };
}
