import type { Batch } from 'kafkajs';
import { sizeOf } from './fetched-record.js';
import { unreadableOf } from './fetch-decoder.js';
import type { RawRecord } from './micro-batch.js';
import { rawRecord } from './raw-record.js';

/** The part of a fetch that becomes a micro-batch: the records from `fromOffset` to `nextOffset`. */
export interface Slice {
  records: RawRecord[];
  fromOffset: number;
  nextOffset: number;
  /** Why there are no records here, though Kafka has some; the last of its fetch. */
  unreadable?: string;
}

/**
 * Cuts what one fetch brought into micro-batches by records and bytes, each with at least one record.
 * @param recordsMax asked anew for each, because it depends on what became of the one before.
 */
export function* splitBatch(batch: Batch, recordsMax: () => number, bytesMax: number): Generator<Slice> {
  // What was asked for, not what came first: between them lies nothing that Kafka has. kafkajs's types leave it out.
  let fromOffset = Number((batch as Batch & { fetchedOffset: string }).fetchedOffset);
  let records: RawRecord[] = [];
  let limit = recordsMax();
  let bytes = 0;
  for (const message of batch.messages) {
    const unreadable = unreadableOf(message);
    if (unreadable !== null) {
      const stopOffset = Math.max(fromOffset, unreadable.fromOffset);
      if (records.length > 0) yield { records, fromOffset, nextOffset: stopOffset };
      const nextOffset = Number(message.offset) + 1;
      return yield { records: [], fromOffset: stopOffset, nextOffset, unreadable: unreadable.reason };
    }
    const size = sizeOf(message);
    if (records.length > 0 && (records.length >= limit || bytes + size > bytesMax)) {
      yield { records, fromOffset, nextOffset: Number(message.offset) };
      fromOffset = Number(message.offset);
      records = [];
      limit = recordsMax();
      bytes = 0;
    }
    records.push(rawRecord(message));
    bytes += size;
  }
  // What lies behind the last record (the marker of a producer's transaction) is covered as well.
  if (records.length > 0) yield { records, fromOffset, nextOffset: Number(batch.lastOffset()) + 1 };
}
