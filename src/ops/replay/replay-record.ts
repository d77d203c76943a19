import type { RawAppend } from '../../buffer/index.js';
import { encodeItem, type Item } from '../../invoice/index.js';
import { identityOf, type KeptDeadLetter } from '../../store/index.js';

/** A dead letter as it goes back into `ingestion-topic`. */
export interface Replay {
  record: RawAppend;
  /** The same as the original's, so that however often it is sent it is stored once. */
  eventId: string;
  /** The dead letter that it all began with, where a replay became a dead letter again. */
  root: string;
  /** Canonical; null where nothing can read one in the record. */
  invoiceNo: string | null;
  corrected: boolean;
}

/** The original bytes. Unless rules or limits have changed since, they become a dead letter again, under their own id. */
export function asItWas(letter: KeptDeadLetter): Replay {
  const { eventId, invoiceNo } = identityOf(letter);
  const { key, value, partition } = letter;
  const headers = headersOf(letter);
  // A name that no rule takes stays what it is: only a correction mends it.
  if (!headers.has('event-id')) headers.set('event-id', Buffer.from(eventId));
  return { record: { key, value, headers, partition }, eventId, root: rootOf(letter), invoiceNo, corrected: false };
}

/** A canonical item in place of the original. */
export function corrected(letter: KeptDeadLetter, item: Item): Replay {
  const { eventId } = identityOf(letter);
  const invoiceNo = item.InvoiceNo;
  const headers = headersOf(letter);
  headers.set('event-id', Buffer.from(eventId)).set('schema-version', Buffer.from('1'));
  const record = { key: Buffer.from(invoiceNo), value: Buffer.from(encodeItem(item)), headers };
  const { partition } = letter;
  return { record: { ...record, partition }, eventId, root: rootOf(letter), invoiceNo, corrected: true };
}

function headersOf(letter: KeptDeadLetter): Map<string, Buffer> {
  const { headers, id } = letter;
  return new Map(headers).set('replay-of', Buffer.from(id)).set('replay-root', Buffer.from(rootOf(letter)));
}

function rootOf({ headers, id }: KeptDeadLetter): string {
  const root = headers.get('replay-root')?.toString('utf8') ?? '';
  return /^\S{1,300}$/.test(root) ? root : id;
}
