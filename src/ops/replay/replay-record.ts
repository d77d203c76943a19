import type { RawAppend } from '../../buffer/index.js';
import { encodeItem, type Item } from '../../invoice/index.js';
import { headerIn, type RecordHeader } from '../../record-header.js';
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
  const marked = markedHeaders(letter);
  // A name that no rule takes stays what it is: only a correction mends it.
  const isNamed = headerIn(marked, 'event-id') !== undefined;
  const headers = isNamed ? marked : withHeaders(marked, { 'event-id': eventId });
  return { record: { key, value, headers, partition }, eventId, root: rootOf(letter), invoiceNo, corrected: false };
}

/** Why a letter can't go back as it was, null when it can: one that was too large for a letter left its value behind. */
export function whyNotAsItWas({ value, reason, topic, partition, offset }: KeptDeadLetter): string | null {
  if (value !== null || reason === 'empty') return null;
  return `its bytes are kept at ${topic}:${partition}:${offset} alone; send a correction`;
}

/** A canonical item in place of the original. */
export function corrected(letter: KeptDeadLetter, item: Item): Replay {
  const { eventId } = identityOf(letter);
  const invoiceNo = item.InvoiceNo;
  const headers = withHeaders(markedHeaders(letter), { 'event-id': eventId, 'schema-version': '1' });
  const record = { key: Buffer.from(invoiceNo), value: Buffer.from(encodeItem(item)), headers };
  const { partition } = letter;
  return { record: { ...record, partition }, eventId, root: rootOf(letter), invoiceNo, corrected: true };
}

/** All that the original had, and which dead letter it is. */
function markedHeaders(letter: KeptDeadLetter): RecordHeader[] {
  return withHeaders(letter.headers, { 'replay-of': letter.id, 'replay-root': rootOf(letter) });
}

/** With these in place of whatever had their names. */
function withHeaders(headers: readonly RecordHeader[], own: Readonly<Record<string, string>>): RecordHeader[] {
  const others = headers.filter(({ name }) => !Object.hasOwn(own, name));
  return [...others, ...Object.entries(own).map(([name, text]) => ({ name, value: Buffer.from(text) }))];
}

function rootOf({ headers, id }: KeptDeadLetter): string {
  const root = headerIn(headers, 'replay-root')?.toString('utf8') ?? '';
  return /^\S{1,300}$/.test(root) ? root : id;
}
