import type { Message } from 'kafkajs';
import { cutRequests } from './cut-requests.js';
import type { OutputPartitioner } from './output-partitioner.js';

/** A processed document or a dead letter, as it goes to its topic. */
export interface OutputRecord {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers?: Record<string, HeaderPart | HeaderPart[]>;
}

/** kafkajs's types know no headers without a value (null); `encodeProduce` writes them. */
type HeaderPart = Buffer | string | null;

const RECORD_OVERHEAD_BYTES = 200;

/**
 * The records as they are sent, in their order within each partition. No request is for two partitions: when a leader
 * moves while kafkajs waits for several brokers, it may take the answer of one for the answer to all of them, or send to
 * one again what it has. The first record of a topic goes alone, because only its producer knows the partitions.
 * @param bytesMax of one request; a record above it goes alone.
 */
export function* outputRequests(
  topic: string,
  records: readonly OutputRecord[],
  partitioner: OutputPartitioner,
  bytesMax: number,
): Generator<Message[]> {
  const [first] = records;
  if (first === undefined) return;
  const isFirst = !partitioner.knows(topic);
  if (isFirst) yield [{ ...first } as Message];
  const partitions = new Map<number, OutputRecord[]>();
  for (const record of isFirst ? records.slice(1) : records) {
    const partition = partitioner.partitionOf(topic, record);
    const own = partitions.get(partition);
    if (own === undefined) partitions.set(partition, [record]);
    else own.push(record);
  }
  for (const [partition, own] of partitions) {
    for (const request of cutRequests(own, sizeOf, bytesMax)) {
      yield request.map((record) => ({ ...record, partition }) as Message);
    }
  }
}

function sizeOf({ key, value, headers }: OutputRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES;
  for (const part of [key, value]) bytes += part === null ? 0 : Buffer.byteLength(part);
  // A dead letter may be all headers.
  for (const name in headers) {
    for (const header of [headers[name] ?? ''].flat()) bytes += name.length + Buffer.byteLength(header ?? '');
  }
  return bytes;
}
