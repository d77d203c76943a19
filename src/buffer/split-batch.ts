import type { Batch, KafkaMessage } from 'kafkajs';
import type { RawRecord } from './micro-batch.js';

/** Cuts what one fetch brought into micro-batches by records and bytes, each with at least one record. */
export function* splitBatch(
  batch: Batch,
  recordsMax: number,
  bytesMax: number,
): Generator<{ records: RawRecord[]; nextOffset: number }> {
  let records: RawRecord[] = [];
  let bytes = 0;
  for (const message of batch.messages) {
    const size = (message.value?.length ?? 0) + (message.key?.length ?? 0);
    if (records.length > 0 && (records.length >= recordsMax || bytes + size > bytesMax)) {
      yield { records, nextOffset: Number(message.offset) };
      records = [];
      bytes = 0;
    }
    records.push(rawRecord(message));
    bytes += size;
  }
  // What lies behind the last record (the marker of a producer's transaction) is covered as well.
  if (records.length > 0) yield { records, nextOffset: Number(batch.lastOffset()) + 1 };
}

function rawRecord({ offset, timestamp, key, value, headers }: KafkaMessage): RawRecord {
  const map = new Map<string, Buffer>();
  for (const name in headers) {
    const header = headers[name];
    const last = Array.isArray(header) ? header.at(-1) : header;
    if (last !== undefined) map.set(name, typeof last === 'string' ? Buffer.from(last) : last);
  }
  return { offset: Number(offset), timestampMs: Number(timestamp), key, value, headers: map };
}
