import { invoiceDateRule } from './date.js';
import type { Item, ItemOptions } from './item.js';
import { formatScaled } from './money.js';
import { Refusal, REQUIRED } from './refusal.js';

/** A pure function from an unknown value to its canonical form, or the reason for refusing it. Never throws. */
export type Rule<T> = (value: unknown, options: ItemOptions) => T | Refusal;

/** The one rule of each field: the DTO, the bulk readers and the processing all ask here. */
export const RULES: { readonly [Field in keyof Item]: Rule<Item[Field]> } = {
  InvoiceNo: invoiceNoRule,
  StockCode: stockCodeRule,
  Description: descriptionRule,
  Quantity: quantityRule,
  InvoiceDate: invoiceDateRule,
  UnitPrice: unitPriceRule,
  CustomerID: customerIdRule,
  Country: countryRule,
};

/** An optional letter C or A and 1 to 12 digits, as text (upper-cased, not trimmed) or as a whole number. */
export function invoiceNoRule(value: unknown): string | Refusal {
  if (typeof value === 'string') {
    if (!INVOICE_NO.test(value)) return BAD_INVOICE_NO;
    return value.charCodeAt(0) >= LOWER_A ? value.toUpperCase() : value;
  }
  if (isAbsent(value)) return REQUIRED;
  return isWhole(value) && value >= 0 && value <= INVOICE_NO_MAX ? String(value) : BAD_INVOICE_NO;
}

/** Text of 1 to 32 code points once trimmed; anything that does not print is refused before trimming. */
export function stockCodeRule(value: unknown): string | Refusal {
  return trimmed(value, STOCK_CODE_CHARS_MAX, NOT_PRINTABLE, BAD_STOCK_CODE, UNPRINTABLE);
}

/** Text of up to 256 code points, kept exactly as it is; null when absent or empty. */
export function descriptionRule(value: unknown): string | null | Refusal {
  if (isAbsent(value) || value === '') return null;
  if (typeof value !== 'string') return BAD_DESCRIPTION;
  if (value.length <= DESCRIPTION_CHARS_MAX && PLAIN_ASCII.test(value)) return value;
  if (!fits(value, DESCRIPTION_CHARS_MAX)) return BAD_DESCRIPTION;
  return CONTROL.test(value) ? HAS_CONTROL : value;
}

/** A whole number within a million either way and not 0; as text also with a sign and with zero decimals. */
export function quantityRule(value: unknown): number | Refusal {
  if (isAbsent(value)) return REQUIRED;
  if (typeof value === 'string' && !WHOLE_TEXT.test(value)) return NOT_WHOLE;
  const quantity = typeof value === 'string' ? Number(value) : value;
  if (!isWhole(quantity))
    return typeof quantity === 'number' && Math.abs(quantity) > MILLION ? OVER_MILLION : NOT_WHOLE;
  if (quantity === 0) return ZERO_QUANTITY;
  return Math.abs(quantity) > MILLION ? OVER_MILLION : quantity;
}

/**
 * A number with at most four decimals within a million either way, or the same in plain decimal text.
 * @returns the canonical text of `formatMoney`, so that no later step sees a rounded price.
 */
export function unitPriceRule(value: unknown): string | Refusal {
  if (isAbsent(value)) return REQUIRED;
  if (typeof value === 'string' && !PRICE_TEXT.test(value)) return BAD_PRICE;
  const price = typeof value === 'string' ? Number(value) : value;
  if (typeof price !== 'number' || Number.isNaN(price)) return BAD_PRICE;
  if (Math.abs(price) > MILLION) return OVER_MILLION;
  const scaled = Math.round(price * 10_000);
  // A double with at most four decimals in its shortest spelling is the double nearest to that decimal, and no other.
  return scaled / 10_000 === price ? formatScaled(scaled) : BAD_PRICE;
}

/** A positive whole number, also as text and with zero decimals; null for a guest (absent, null or empty). */
export function customerIdRule(value: unknown): number | null | Refusal {
  if (isAbsent(value) || value === '') return null;
  if (typeof value === 'string' && !CUSTOMER_TEXT.test(value)) return BAD_CUSTOMER;
  const id = typeof value === 'string' ? Number(value) : value;
  return isWhole(id) && id > 0 ? id : BAD_CUSTOMER;
}

/** Text of 1 to 64 code points once trimmed; control characters are refused before trimming. */
export function countryRule(value: unknown): string | Refusal {
  return trimmed(value, COUNTRY_CHARS_MAX, CONTROL, BAD_COUNTRY, HAS_CONTROL);
}

/**
 * The id that makes a repeated event harmless, from a line's `EventId` or a header: 1 to 256 visible ASCII characters.
 * @returns null when there is none (undefined or null).
 */
export function eventIdRule(value: unknown): string | null | Refusal {
  if (isAbsent(value)) return null;
  return typeof value === 'string' && EVENT_ID.test(value) ? value : BAD_EVENT_ID;
}

const STOCK_CODE_CHARS_MAX = 32;
const DESCRIPTION_CHARS_MAX = 256;
const COUNTRY_CHARS_MAX = 64;
const INVOICE_NO_MAX = 999_999_999_999;
const MILLION = 1_000_000;
const LOWER_A = 97;

const INVOICE_NO = /^[CA]?\d{1,12}$/i;
const WHOLE_TEXT = /^[+-]?\d+(?:\.0*)?$/;
const PRICE_TEXT = /^[+-]?\d+(?:\.\d{1,4})?$/;
const CUSTOMER_TEXT = /^\d+(?:\.0*)?$/;
const EVENT_ID = /^[!-~]{1,256}$/;
/** Control characters, and surrogates without their other half. */
const CONTROL = /[\p{Cc}\p{Cs}]/u;
const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
const PLAIN_ASCII = /^[ -~]+$/;
/** What nearly every code and country looks like: nothing to trim, nothing to look up in Unicode's tables. */
const TRIMMED_ASCII = /^[!-~](?:[ -~]*[!-~])?$/;

const BAD_INVOICE_NO = new Refusal('must be 1 to 12 digits, with a letter C or A before them or none');
const BAD_STOCK_CODE = new Refusal('must be text of 1 to 32 characters');
const UNPRINTABLE = new Refusal('must contain printable characters only');
const BAD_DESCRIPTION = new Refusal('must be text of at most 256 characters');
const HAS_CONTROL = new Refusal('must not contain control characters or broken Unicode');
const NOT_WHOLE = new Refusal('must be a whole number');
const ZERO_QUANTITY = new Refusal('must not be 0');
const OVER_MILLION = new Refusal('must be between -1,000,000 and 1,000,000');
const BAD_PRICE = new Refusal('must be a decimal number with at most 4 decimals');
const BAD_CUSTOMER = new Refusal('must be a positive whole number, or empty for a guest');
const BAD_COUNTRY = new Refusal('must be text of 1 to 64 characters');
const BAD_EVENT_ID = new Refusal('must be 1 to 256 visible ASCII characters');

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Whether the text has at most this many code points. */
function fits(text: string, charsMax: number): boolean {
  if (text.length <= charsMax) return true;
  return text.length <= 2 * charsMax && [...text].length <= charsMax;
}

function trimmed(value: unknown, charsMax: number, refused: RegExp, badText: Refusal, badChars: Refusal) {
  if (typeof value !== 'string') return isAbsent(value) ? REQUIRED : badText;
  if (value.length <= charsMax && TRIMMED_ASCII.test(value)) return value;
  if (refused.test(value)) return badChars;
  const text = value.trim();
  return text !== '' && fits(text, charsMax) ? text : badText;
}
