import { invoiceDateRule } from './date.js';
import type { FieldError, Item, ItemOptions } from './item.js';
import { Refusal } from './refusal.js';
import {
  countryRule,
  customerIdRule,
  descriptionRule,
  eventIdRule,
  invoiceNoRule,
  quantityRule,
  RULES,
  stockCodeRule,
  unitPriceRule,
} from './rules.js';

/**
 * `eventId` is the line's own `EventId`, null when it has none. `isNoItem` says that there is nothing with fields: not JSON,
 * or no object.
 */
export type ItemVerdict =
  { ok: true; item: Item; eventId: string | null } | { ok: false; errors: FieldError[]; isNoItem?: true };

/** The fields of an item in the data set's order, which is also the order of its canonical JSON and of its errors. */
export const ITEM_FIELDS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const satisfies readonly (keyof Item)[];

/**
 * Brings one parsed JSON value into canonical form, or names every field that is wrong: the known ones in field order,
 * then `EventId`, then each field that an item does not have. A value that is no object has one error, on `body`.
 * Never throws, and writes no object under a key that the sender chose.
 */
export function parseItem(value: unknown, options: ItemOptions): ItemVerdict {
  if (!isObject(value)) return noItem('must be a JSON object');
  for (const key of Object.keys(value)) if (!KNOWN.has(key)) return refuse(value, options);
  const InvoiceNo = invoiceNoRule(value.InvoiceNo);
  if (InvoiceNo instanceof Refusal) return refuse(value, options);
  const StockCode = stockCodeRule(value.StockCode);
  if (StockCode instanceof Refusal) return refuse(value, options);
  const Description = descriptionRule(value.Description);
  if (Description instanceof Refusal) return refuse(value, options);
  const Quantity = quantityRule(value.Quantity);
  if (Quantity instanceof Refusal) return refuse(value, options);
  const InvoiceDate = invoiceDateRule(value.InvoiceDate, options);
  if (InvoiceDate instanceof Refusal) return refuse(value, options);
  const UnitPrice = unitPriceRule(value.UnitPrice);
  if (UnitPrice instanceof Refusal) return refuse(value, options);
  const CustomerID = customerIdRule(value.CustomerID);
  if (CustomerID instanceof Refusal) return refuse(value, options);
  const Country = countryRule(value.Country);
  if (Country instanceof Refusal) return refuse(value, options);
  const eventId = eventIdRule(value.EventId);
  if (eventId instanceof Refusal) return refuse(value, options);
  const item = { InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country };
  return { ok: true, item, eventId };
}

/** One error, on `body`. */
export function noItem(message: string): ItemVerdict {
  return { ok: false, errors: [{ field: 'body', message }], isNoItem: true };
}

/** How a key that the sender chose is named in an error: at most 64 characters, without what does not print. */
export function printableKey(key: string): string {
  const printable = key.slice(0, KEY_CHARS_MAX).replace(NOT_PRINTABLE, '');
  return printable === '' ? '(unnamed)' : printable;
}

/** An error for each field that an item does not have, a hundred at most; the others are counted. */
export function unknownFields(value: object): FieldError[] {
  const unknown = Object.keys(value).filter((key) => !KNOWN.has(key));
  const errors = unknown.slice(0, UNKNOWN_FIELDS_MAX).map((key) => {
    return { field: printableKey(key), message: 'is not a field of an item' };
  });
  const more = unknown.length - errors.length;
  return more === 0
    ? errors
    : [...errors, { field: 'body', message: `has ${more} more fields that an item does not have` }];
}

type Candidate = Partial<Record<keyof Item | 'EventId', unknown>>;

const KNOWN: ReadonlySet<string> = new Set([...ITEM_FIELDS, 'EventId']);
const UNKNOWN_FIELDS_MAX = 100;
const KEY_CHARS_MAX = 64;
const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function isObject(value: unknown): value is Candidate {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The slow path of a line that is known to be wrong: asks every rule again and gathers what they say. */
function refuse(value: Candidate, options: ItemOptions): ItemVerdict {
  const errors: FieldError[] = [];
  for (const field of ITEM_FIELDS) {
    const verdict = RULES[field](value[field], options);
    if (verdict instanceof Refusal) errors.push({ field, message: verdict.message });
  }
  const eventId = eventIdRule(value.EventId);
  if (eventId instanceof Refusal) errors.push({ field: 'EventId', message: eventId.message });
  return { ok: false, errors: [...errors, ...unknownFields(value)] };
}
