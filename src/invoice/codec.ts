import { isUtf8 } from 'node:buffer';
import type { Item, ItemOptions } from './item.js';
import { type ItemVerdict, noItem, parseItem } from './parse.js';
import { parseExactJson } from './exact-json.js';

/** The canonical JSON of a canonical item, as it travels through `ingestion-topic`: equal to `JSON.stringify(item)`. */
export function encodeItem(item: Item): string {
  return (
    '{"InvoiceNo":' +
    quote(item.InvoiceNo) +
    ',"StockCode":' +
    quote(item.StockCode) +
    ',"Description":' +
    (item.Description === null ? 'null' : quote(item.Description)) +
    ',"Quantity":' +
    item.Quantity +
    ',"InvoiceDate":' +
    quote(item.InvoiceDate) +
    ',"UnitPrice":' +
    quote(item.UnitPrice) +
    ',"CustomerID":' +
    item.CustomerID +
    ',"Country":' +
    quote(item.Country) +
    '}'
  );
}

/**
 * Reads one line of JSON, from anywhere and of any content. Never throws: what is not UTF-8 or not JSON has one error,
 * on `body`, and so has a Kafka record without a value (null).
 */
export function decodeItem(data: string | Uint8Array | null, options: ItemOptions): ItemVerdict {
  if (data === null || data.length === 0) return noItem('is empty');
  const text = typeof data === 'string' ? data : utf8(data);
  // Decoding writes U+FFFD for broken bytes, so only text that has one can have been broken.
  if (typeof data !== 'string' && text.includes('\ufffd') && !isUtf8(data)) return noItem('is not UTF-8');
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch {
    return noItem('is not JSON');
  }
  return parseItem(value, options);
}

/** Printable ASCII without the quote and the backslash stands in JSON as it is. */
const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;

/** The text as JSON. */
export function quote(text: string): string {
  return NEEDS_NO_ESCAPE.test(text) ? '"' + text + '"' : JSON.stringify(text);
}

function utf8(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('utf8');
}
