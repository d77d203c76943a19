import { eventIdRule, invoiceNoRule, Refusal } from '../invoice/index.js';
import { headerIn } from '../record-header.js';
import type { KeptDeadLetter } from './kept-dead-letter.js';

/**
 * The event id that processing gave to the record, or would have given, by the same order: its header, the line's own
 * `EventId`, its position. The invoice number is the one that its JSON has, whatever else is wrong with it.
 */
export function identityOf(letter: Pick<KeptDeadLetter, 'id' | 'headers' | 'value'>): {
  eventId: string;
  invoiceNo: string | null;
} {
  const fields = fieldsOf(letter.value);
  const header = headerIn(letter.headers, 'event-id');
  const named = [header?.toString('utf8'), ownValue(fields, 'EventId')].map(eventIdRule);
  const eventId = named.find((name): name is string => typeof name === 'string') ?? letter.id;
  const invoiceNo = invoiceNoRule(ownValue(fields, 'InvoiceNo'));
  return { eventId, invoiceNo: invoiceNo instanceof Refusal ? null : invoiceNo };
}

/** The JSON object that the value is; null for anything else. */
export function fieldsOf(value: Buffer | null): object | null {
  try {
    const parsed: unknown = JSON.parse(value?.toString('utf8') ?? '');
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function ownValue(fields: object | null, name: string): unknown {
  return fields !== null && Object.hasOwn(fields, name) ? (fields as Record<string, unknown>)[name] : undefined;
}
