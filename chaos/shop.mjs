import { dice } from './random.mjs';

/** Invoices that get lines at the same time. */
const OPEN_INVOICES = 300;
/** Lines of an invoice, on average: it is closed, and another one opened, as they come. */
const LINES_PER_INVOICE = 40;
const COUNTRIES = ['United Kingdom', 'France', 'Germany', 'EIRE'];
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2011, 0, 1, 8);

/**
 * Lines of a seeded shop. Few invoices are open at a time, so that clients meet in them and one spans faults; those of
 * today are not grown for ever, which no shop does. What belongs to the invoice follows from its number; the description
 * is a token that no other line has.
 */
export class Shop {
  #made = 0;

  constructor(seed) {
    this.dice = dice(seed, 'shop');
  }

  /** A good line. */
  line() {
    const { below, between, pick, chance } = this.dice;
    const number = Math.floor(this.#made / LINES_PER_INVOICE) + below(OPEN_INVOICES);
    const isCancellation = number % 17 === 0;
    const date = new Date(FIRST_DAY_MS + (number % 40) * DAY_MS + number * 60_000);
    this.#made += 1;
    return {
      InvoiceNo: `${isCancellation ? 'C' : ''}${600_000 + number}`,
      StockCode: pick(['85123A', '71053', '84406B', '84029G', '22752', 'POST']),
      Description: `TOKEN ${this.#made}`,
      Quantity: (isCancellation ? -1 : 1) * between(1, 48),
      InvoiceDate: `${date.toISOString().slice(0, 19)}Z`,
      UnitPrice: chance(0.1) ? between(1, 99_999) / 10_000 : between(1, 9_999) / 100,
      CustomerID: number % 5 === 0 ? null : 12_000 + (number % 60),
      Country: COUNTRIES[number % COUNTRIES.length],
    };
  }

  /** A line that must be refused. */
  badLine() {
    const faults = [
      { Quantity: 0 },
      { InvoiceDate: '13/31/2011 8:00' },
      { UnitPrice: 'NaN' },
      { Country: '' },
      { X: 1 },
    ];
    return { ...this.line(), ...this.dice.pick(faults) };
  }
}
