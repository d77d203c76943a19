import type { Money } from './money.js';

/**
 * One canonical invoice line, in the Online Retail data set's own field names, exactly as it travels through
 * `ingestion-topic`. Every field has passed its rule in `rules.ts`.
 */
export interface Item {
  /** `C` = cancellation, `A` = adjustment, then 1-12 digits; upper case. */
  InvoiceNo: string;
  /** 1-32 printable characters, trimmed, spelling kept. */
  StockCode: string;
  /** Up to 256 characters as sent, null when empty. */
  Description: string | null;
  /** Integer within +-1,000,000, never 0. */
  Quantity: number;
  /** ISO 8601 UTC to the second: `2010-12-01T08:26:00Z`. */
  InvoiceDate: string;
  /** Exact decimal, two to four decimals: `2.55`. */
  UnitPrice: string;
  /** Positive integer, null for a guest. */
  CustomerID: number | null;
  /** 1-64 characters, trimmed. */
  Country: string;
}

/** What is wrong with one field, in words for the person who sent it; never repeats the value. */
export interface FieldError {
  field: string;
  message: string;
}

/** `M/D/YYYY` (the data set) or `D/M/YYYY`, for dates that are not ISO 8601. */
export type DateOrder = 'mdy' | 'dmy';

export interface ItemOptions {
  dateOrder: DateOrder;
}

/** A line as an invoice keeps it: the item's values typed, and the Kafka position that it came from. */
export interface Line {
  eventId: string;
  partition: number;
  offset: number;
  stockCode: string;
  description: string | null;
  quantity: number;
  /** ISO 8601 UTC to the second. */
  invoiceDate: string;
  unitPrice: Money;
  amount: Money;
  customerId: number | null;
  country: string;
}

export type InvoiceKind = 'sale' | 'cancellation' | 'adjustment';

/** What an invoice says of itself: taken from its first line by position, and never changed by later ones. */
export interface InvoiceHeader {
  invoiceNo: string;
  kind: InvoiceKind;
  customerId: number | null;
  country: string;
  invoiceDate: string;
}
