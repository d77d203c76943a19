import type { FieldError } from '../invoice/index.js';
import type { RecordHeader } from '../record-header.js';
import type { DeadLetterAct, DeadLetterState } from './dead-letter.js';
import type { DeadLetterRecord } from './dead-letter.schema.js';

/** A dead letter without the bytes of its record, which may be megabytes. */
export interface ListedDeadLetter {
  /** `topic:partition:offset` of the record. */
  id: string;
  reason: string;
  message: string;
  errors: readonly FieldError[];
  topic: string;
  partition: number;
  offset: number;
  /** Kafka's time of the record. */
  at: Date;
  history: readonly DeadLetterAct[];
  state: DeadLetterState;
  /** A background replay has it. */
  isTaken: boolean;
  discardedUntil: Date | null;
}

/** A dead letter as it is kept. */
export interface KeptDeadLetter extends ListedDeadLetter {
  key: Buffer | null;
  value: Buffer | null;
  headers: readonly RecordHeader[];
}

type Bytes = Buffer | { buffer: Uint8Array; position: number };

/** A document that was read without the bytes of its record. */
export type ListedRecord = Omit<DeadLetterRecord, 'key' | 'value' | 'headers'>;

/** As the driver gives it: bytes are wrapped unless they are promoted. */
export type RawDeadLetter = ListedRecord & {
  key: Bytes | null;
  value: Bytes | null;
  headers: { key: string; value: Bytes | null }[];
};

/** The dead letter of a document. */
export function letterOf(raw: RawDeadLetter): KeptDeadLetter {
  const { key, value, headers } = raw;
  return {
    ...listedOf(raw),
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map((header) => ({ name: header.key, value: bytesOf(header.value) })),
  };
}

/** About how many bytes its record takes in memory: key, value and headers, of which there may be many small ones. */
export function bytesIn(letter: KeptDeadLetter): number {
  let bytes = (letter.key?.length ?? 0) + (letter.value?.length ?? 0);
  for (const { name, value } of letter.headers) bytes += HEADER_BYTES + name.length + (value?.length ?? 0);
  return bytes;
}

/** An object with a name and a buffer. */
const HEADER_BYTES = 200;

/** What a list shows of a document, without the bytes of its record. */
export function listedOf({ _id: id, job, expiresAt, ...rest }: ListedRecord): ListedDeadLetter {
  const { reason, message, errors, topic, partition, offset, at, history, state } = rest;
  return {
    ...{ id, reason, message, errors, topic, partition, offset, at, history, state },
    isTaken: typeof job === 'string',
    discardedUntil: expiresAt ?? null,
  };
}

function bytesOf(value: Bytes | null): Buffer | null {
  return value === null || Buffer.isBuffer(value) ? value : Buffer.from(value.buffer.subarray(0, value.position));
}
