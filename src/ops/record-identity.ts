import type { RawRecord, Receipt } from '../buffer/index.js';
import { decodeItem, type ItemOptions } from '../invoice/index.js';
import { headerIn } from '../record-header.js';

/** When and in which request a record came. */
export interface Arrival {
  /** ISO 8601; of a record that was not posted, Kafka's own time. Null: it is not known any more. */
  receivedAt: string | null;
  /** Null: it was not posted, or it is not known any more. */
  requestId: string | null;
}

/** Whether the record is the one that the receipt speaks of; a receipt can be made up, a record can't. */
export function isRecordOf(
  receipt: Receipt,
  topic: string,
  record: Pick<RawRecord, 'key' | 'value' | 'headers'>,
  options: ItemOptions,
): boolean {
  const header = headerIn(record.headers, 'event-id');
  const isNamed = header !== undefined && header.toString('utf8') === receipt.eventId;
  if (isNamed && record.key?.toString('utf8') === receipt.invoiceNo) return true;
  // Produced with plain Kafka tools: what names it is found as processing finds it.
  const verdict = record.value === null ? null : decodeItem(record.value, options);
  if (verdict?.ok !== true || verdict.item.InvoiceNo !== receipt.invoiceNo) return false;
  if (header !== undefined) return isNamed;
  return receipt.eventId === (verdict.eventId ?? `${topic}:${receipt.partition}:${receipt.offset}`);
}

/** What the record itself says of its arrival. */
export function arrivalOf(record: Pick<RawRecord, 'headers' | 'timestampMs'> | null): Arrival {
  if (record === null) return { receivedAt: null, requestId: null };
  const atMs = Date.parse(headerIn(record.headers, 'received-at')?.toString('latin1') ?? '');
  const receivedAtMs = Number.isNaN(atMs) ? record.timestampMs : atMs;
  const requestId = headerIn(record.headers, 'request-id')?.toString('utf8') ?? null;
  return { receivedAt: receivedAtMs < 0 ? null : new Date(receivedAtMs).toISOString(), requestId };
}

/** The id of the dead letter that the record says it is a replay of. */
export function replayedFrom(record: Pick<RawRecord, 'headers'>): string | null {
  return headerIn(record.headers, 'replay-of')?.toString('utf8') ?? null;
}
