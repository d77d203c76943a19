import produce, { type ProduceRequest } from 'kafkajs/src/protocol/requests/produce/index.js';
import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/crc32C.js';
import type { IHeaders, Message } from 'kafkajs';
import { BATCH_HEAD_BYTES, BATCH_UNCOUNTED_BYTES } from './batch-head.js';
import { ByteWriter, varintBytesSize, varintSize } from './byte-writer.js';
import { patchOnce } from '../patch-once.js';
import { changeRequests } from './change-requests.js';

/**
 * Has kafkajs 2.2.4 write its produce requests with `encodeProduce`: the same bytes, seven times quicker, because they
 * go into one buffer instead of a buffer for each header and each record, and headers without a value, which kafkajs can't
 * write. What is not plain (compression, timestamps of their own) is left to kafkajs. docs/decisions/0015 has the figures.
 */
export const encodeProduceQuickly = patchOnce(() =>
  changeRequests(produce, RECORD_BATCHES_SINCE, (create, content) => {
    const made = create(content);
    const { encode } = made.request;
    made.request.encode = () => {
      const buffer = encodeProduce(content, Date.now());
      return buffer === null ? encode() : Promise.resolve({ buf: buffer, buffer });
    };
    return made;
  }),
);

/** The version of the request from which on records travel in record batches with headers. */
const RECORD_BATCHES_SINCE = 3;

/** The body of a produce request, versions 3 to 7; null: it holds something that is left to kafkajs. */
export function encodeProduce(request: ProduceRequest, nowMs: number): Buffer | null {
  const { transactionalId = null, acks, timeout, compression = 0, producerId, producerEpoch = 0 } = request;
  if (compression !== 0 || producerId === undefined) return null;
  const identity = { producerId: BigInt(String(producerId)), producerEpoch, transactional: transactionalId !== null };
  const topics = request.topicData.map(({ topic, partitions }) => ({
    topic,
    batches: partitions.map(({ partition, messages, firstSequence = 0 }) => ({
      partition,
      messages,
      firstSequence,
      sizes: messages.map(recordSize),
    })),
  }));
  const batches = topics.flatMap((topic) => topic.batches);
  if (batches.some(({ sizes }) => sizes.includes(NOT_PLAIN))) return null;
  const names = [transactionalId ?? '', ...topics.map(({ topic }) => topic)];
  const fixed = 12 + names.reduce((sum, name) => sum + Buffer.byteLength(name) + 6, 0);
  const writer = new ByteWriter(fixed + batches.reduce((sum, { sizes }) => sum + 8 + batchSize(sizes), 0));
  writer.string(transactionalId);
  writer.int16(acks);
  writer.int32(timeout);
  writer.int32(topics.length);
  for (const { topic, batches: ofTopic } of topics) {
    writer.string(topic);
    writer.int32(ofTopic.length);
    for (const batch of ofTopic) {
      writer.int32(batch.partition);
      writer.int32(batchSize(batch.sizes));
      writeBatch(writer, batch, identity, nowMs);
    }
  }
  return writer.bytes.subarray(0, writer.at);
}

interface SizedBatch {
  messages: readonly Message[];
  firstSequence: number;
  /** Of each record, without its length. */
  sizes: readonly number[];
}

/** The checksum covers what comes after it. */
const CHECKSUM_END = 21;
const MAGIC = 2;
const TRANSACTIONAL = 16;

function batchSize(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + varintSize(size) + size, BATCH_HEAD_BYTES);
}

function writeBatch(
  writer: ByteWriter,
  { messages, firstSequence, sizes }: SizedBatch,
  identity: { producerId: bigint; producerEpoch: number; transactional: boolean },
  nowMs: number,
): void {
  const start = writer.at;
  const time = BigInt(nowMs);
  writer.int64(0n);
  writer.int32(batchSize(sizes) - BATCH_UNCOUNTED_BYTES);
  writer.int32(0);
  writer.int8(MAGIC);
  writer.int32(0);
  writer.int16(identity.transactional ? TRANSACTIONAL : 0);
  writer.int32(messages.length - 1);
  writer.int64(time);
  writer.int64(time);
  writer.int64(identity.producerId);
  writer.int16(identity.producerEpoch);
  writer.int32(firstSequence);
  writer.int32(messages.length);
  for (const [n, message] of messages.entries()) writeRecord(writer, message, n, sizes[n] ?? 0);
  const checksum = crc32c(writer.bytes.subarray(start + CHECKSUM_END, writer.at));
  writer.bytes.writeUInt32BE(checksum, start + CHECKSUM_END - 4);
}

/** A record that is left to kafkajs. */
const NOT_PLAIN = -1;

/** The size of a record without its length. */
function recordSize({ key = null, value, headers = {}, timestamp }: Message, offsetDelta: number): number {
  if (timestamp !== undefined) return NOT_PLAIN;
  // Attributes and the difference of the timestamp: one byte each.
  let size = 2 + varintSize(offsetDelta) + varintBytesSize(key) + varintBytesSize(value);
  for (const name in headers) {
    const header = headers[name] ?? null;
    const nameSize = varintBytesSize(name);
    if (!Array.isArray(header)) size += nameSize + varintBytesSize(header);
    else for (const one of header) size += nameSize + varintBytesSize(one);
  }
  return size + varintSize(headerCount(headers));
}

function headerCount(headers: IHeaders): number {
  let count = 0;
  for (const name in headers) count += Array.isArray(headers[name]) ? headers[name].length : 1;
  return count;
}

function writeRecord(
  writer: ByteWriter,
  { key = null, value, headers = {} }: Message,
  offsetDelta: number,
  size: number,
): void {
  writer.varint(size);
  writer.int8(0);
  writer.varint(0);
  writer.varint(offsetDelta);
  writer.varintBytes(key);
  writer.varintBytes(value);
  writer.varint(headerCount(headers));
  for (const name in headers) {
    const header = headers[name] ?? null;
    if (!Array.isArray(header)) writeHeader(writer, name, header);
    else for (const one of header) writeHeader(writer, name, one);
  }
}

function writeHeader(writer: ByteWriter, name: string, value: string | Buffer | null): void {
  writer.varintBytes(name);
  writer.varintBytes(value);
}
