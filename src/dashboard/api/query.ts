import { invoiceDateRule, invoiceNoRule, isDay } from '../../invoice/index.js';
import { problem, type ProblemError, ProblemException } from '../../problem.js';
import type { DayRange, InvoicePlace } from '../../store/index.js';

/** Query parameters as Fastify parses them; one that is given twice is an array. Unknown ones are ignored. */
export type Query = Readonly<Record<string, unknown>>;

/** Days of a range, both inclusive; a date and time counts as its UTC day. @throws ProblemException 400 */
export function rangeOf(query: Query): DayRange {
  const errors: ProblemError[] = [];
  const from = read(query, 'from', dayOf, errors);
  const to = read(query, 'to', dayOf, errors);
  if (from !== null && to !== null && from > to) errors.push({ field: 'from', message: 'must not be after to' });
  refuse(errors);
  return { from, to };
}

/** The last day that counts (of a month `YYYY-MM`, its 31st, there or not), null for no bound. @throws ProblemException 400 */
export function untilOf(query: Query): string | null {
  const errors: ProblemError[] = [];
  const rule = (text: string) => (isDay(`${text}-01`) ? `${text}-31` : dayOf(text));
  const until = read(query, 'until', rule, errors);
  refuse(errors);
  return until;
}

/** A whole number within 1 and `max`. @throws ProblemException 400 */
export function countOf(query: Query, field: string, max: number, fallback: number): number {
  const errors: ProblemError[] = [];
  const rule = (text: string) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    return count >= 1 && count <= max ? count : new Refused(`must be a whole number from 1 to ${max}`);
  };
  const count = read(query, field, rule, errors);
  refuse(errors);
  return count ?? fallback;
}

/** Where a list goes on; null: at its start. @throws ProblemException 400 */
export function placeOf(query: Query): InvoicePlace | null {
  const errors: ProblemError[] = [];
  const place = read(query, 'cursor', decodeCursor, errors);
  refuse(errors);
  return place;
}

/** The opaque text of a place in a list of invoices. */
export function encodeCursor({ invoiceDate, invoiceNo }: InvoicePlace): string {
  return Buffer.from(`${invoiceDate} ${invoiceNo}`).toString('base64url');
}

/** The customer that an address names, null where it can't be one. */
export function customerIdOf(text: string): number | null {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** The canonical invoice number that an address names, null where it can't be one. */
export function invoiceNoOf(text: string): string | null {
  const invoiceNo = invoiceNoRule(text);
  return typeof invoiceNo === 'string' ? invoiceNo : null;
}

class Refused {
  constructor(readonly message: string) {}
}

function read<T>(query: Query, field: string, rule: (text: string) => T | Refused, errors: ProblemError[]): T | null {
  const value = query[field];
  if (value === undefined) return null;
  const result = typeof value === 'string' ? rule(value) : new Refused('must be given once');
  if (!(result instanceof Refused)) return result;
  errors.push({ field, message: result.message });
  return null;
}

function refuse(errors: readonly ProblemError[]): void {
  if (errors.length === 0) return;
  const fields = [...new Set(errors.map(({ field }) => field))].join(', ');
  throw new ProblemException(problem(400, `not a valid query: ${fields}`, errors));
}

function dayOf(text: string): string | Refused {
  if (isDay(text)) return text;
  // The data set's own spelling of dates is for items; here a slash is more likely a mistake than a month first.
  const date = /^\d{4}-/.test(text) ? invoiceDateRule(text, { dateOrder: 'mdy' }) : null;
  return typeof date === 'string' ? date.slice(0, 10) : new Refused('must be a day that exists, such as 2010-12-01');
}

function decodeCursor(text: string): InvoicePlace | Refused {
  const place = Buffer.from(text, 'base64url').toString('latin1');
  const [invoiceDate = '', invoiceNo = ''] = place.split(' ');
  const isOurs =
    invoiceDateRule(invoiceDate, { dateOrder: 'mdy' }) === invoiceDate &&
    invoiceNoRule(invoiceNo) === invoiceNo &&
    encodeCursor({ invoiceDate, invoiceNo }) === text;
  return isOurs ? { invoiceDate, invoiceNo } : new Refused('must be the next of an answer of this address');
}
