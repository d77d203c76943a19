import { headerOf, type MicroBatch, type RawRecord } from '../buffer/index.js';
import {
  decodeItem,
  eventIdRule,
  type FieldError,
  type FoldRecord,
  type ItemOptions,
  Refusal,
} from '../invoice/index.js';
import type { DeadLetter } from '../store/index.js';
import { Turns } from '../turns.js';

/** Why a record is a dead letter: a closed list, for people to filter by. */
export type Reason = 'empty' | 'not-json' | 'invalid-item' | 'invalid-event-id' | 'invoice-too-large';

/** A record that can be folded, or what is wrong with it. */
export type Decoded = { ok: true; record: FoldRecord; raw: RawRecord } | { ok: false; letter: DeadLetter };

/**
 * Reads every record of a micro-batch by the same field rules as the HTTP paths. Never rejects: whatever lies in the
 * topic is either an item or a dead letter. A record without an `event-id` header is named by its position.
 */
export async function decodeBatch(batch: MicroBatch, options: ItemOptions): Promise<Decoded[]> {
  const turns = new Turns();
  const decoded: Decoded[] = [];
  for (const raw of batch.records) {
    if (decoded.length % RECORDS_A_STEP === 0) await turns.pass();
    decoded.push(decodeRecord(batch, raw, options));
  }
  return decoded;
}

/** About a millisecond's work. */
const RECORDS_A_STEP = 100;

/** More than this of one record the topic of dead letters does not take, together with what is said of it. */
const LETTER_BYTES_MAX = 3_500_000;

/** What each header takes in the store beside its name and value: enough of them without any would fill a document. */
const HEADER_BYTES = 40;

/** The record as a dead letter. What is too large for one stays in its topic alone, and the message says so. */
export function deadLetter(
  { topic, partition }: MicroBatch,
  raw: RawRecord,
  reason: Reason,
  message: string,
  errors: FieldError[] = [],
): DeadLetter {
  const { offset, timestampMs } = raw;
  const { whole, kept } = keptOf(raw);
  const where = `${topic}:${partition}:${offset}`;
  const said = kept === whole ? message : `${message}; its ${sizeOf(whole)} bytes are kept at ${where} alone`;
  return { topic, partition, offset, reason, message: said, errors, timestampMs, ...kept };
}

/** The record as the dead letter that it has become, which the store says why. */
export function formerDeadLetter(
  { topic, partition }: MicroBatch,
  raw: RawRecord,
  why: Pick<DeadLetter, 'reason' | 'message' | 'errors'>,
): DeadLetter {
  const { offset, timestampMs } = raw;
  return { topic, partition, offset, timestampMs, ...why, ...keptOf(raw).kept };
}

/** What is kept of a record in its dead letter. */
type Kept = Pick<DeadLetter, 'key' | 'value' | 'headers'>;

function keptOf({ key, value, headers }: RawRecord): { whole: Kept; kept: Kept } {
  const whole = { key, value, headers };
  const withoutValue = { ...whole, value: null };
  const bare = { key: null, value: null, headers: [] };
  const kept = [whole, withoutValue].find((record) => sizeOf(record, HEADER_BYTES) <= LETTER_BYTES_MAX) ?? bare;
  return { whole, kept };
}

/** @param headerBytes what each header takes beside its name and value. */
function sizeOf({ key, value, headers }: Kept, headerBytes = 0): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += headerBytes + Buffer.byteLength(header.name) + (header.value?.length ?? 0);
  return bytes;
}

/** One record of the batch. Never throws. */
export function decodeRecord(batch: MicroBatch, raw: RawRecord, options: ItemOptions): Decoded {
  const refuse = (reason: Reason, message: string, errors: FieldError[] = []): Decoded => ({
    ok: false,
    letter: deadLetter(batch, raw, reason, message, errors),
  });
  const { value } = raw;
  if (value === null || value.length === 0) return refuse('empty', 'the record has no value');
  const header = headerOf(raw, 'event-id');
  const named = header === undefined ? null : eventIdRule(header.toString('utf8'));
  if (named instanceof Refusal) {
    const errors = [{ field: 'event-id', message: named.message }];
    return refuse('invalid-event-id', `event-id ${named.message}`, errors);
  }
  const verdict = decodeItem(value, options);
  if (!verdict.ok) {
    const { errors } = verdict;
    const message = errors.map(({ field, message: what }) => `${field} ${what}`).join('; ');
    return refuse(verdict.isNoItem === true ? 'not-json' : 'invalid-item', message, errors);
  }
  const { partition } = batch;
  const eventId = named ?? verdict.eventId ?? `${batch.topic}:${partition}:${raw.offset}`;
  return { ok: true, raw, record: { eventId, partition, offset: raw.offset, item: verdict.item } };
}
