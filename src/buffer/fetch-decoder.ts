import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeMessageSet from 'kafkajs/src/protocol/messageSet/decoder.js';
import fetch from 'kafkajs/src/protocol/requests/fetch/index.js';
import { BATCH_HEAD_BYTES, BATCH_UNCOUNTED_BYTES, batchHead, type BatchHead, MAGIC_AT } from './batch-head.js';
import { ByteReader } from './byte-reader.js';
import { codecName } from './codecs.js';
import type { FetchedMessage } from './fetched-record.js';
import { patchOnce } from '../patch-once.js';
import { changeRequests } from './change-requests.js';
import { decodeBatch } from './record-batch.js';

/**
 * Stands for a batch that lies in the log and can't be read, as the last message of its fetch. kafkajs alone would throw
 * the answer away with all partitions in it, crash its consumer, and fetch the same again for ever.
 */
export interface UnreadableMessage extends FetchedMessage {
  unreadable: { fromOffset: number; reason: string };
}

/** Why the message can't be read; null: it can. For messages as kafkajs types them. */
export function unreadableOf(message: object): UnreadableMessage['unreadable'] | null {
  return (message as Partial<UnreadableMessage>).unreadable ?? null;
}

/**
 * Has kafkajs 2.2.4 read what it fetches with `decodeFetch`: with a bound on what compressed batches become, and so that
 * a batch which can't be read concerns its partition alone.
 */
export const decodeFetchesSafely = patchOnce(() =>
  changeRequests(fetch, RECORD_BATCHES_SINCE, (create, content, version) => {
    const { response, ...rest } = create(content);
    return { ...rest, response: { ...response, decode: (answer) => decodeFetch(answer, version) } };
  }),
);

/** The version of the request from which on answers hold record batches. */
const RECORD_BATCHES_SINCE = 4;
const FORMAT = 2;

/**
 * After so much out of compressed batches, an answer's further batches are left for the next fetch: an answer of 16 MiB
 * may hold thousands of batches that each stay within their own bound.
 */
const DECOMPRESSED_BYTES_MAX = 64 * 1024 * 1024;
/** What a record takes besides its bytes. */
const RECORD_OVERHEAD_BYTES = 256;

interface PartitionAnswer {
  partition: number;
  errorCode: number;
  highWatermark: string;
  abortedTransactions: { producerId: string; firstOffset: string }[];
  preferredReadReplica?: number;
  messages: FetchedMessage[];
}

/** Which partition of an answer comes first: another one each time, so that none waits for ever behind a large one. */
let turn = 0;

/**
 * The answer to a fetch, versions 4 to 11, as kafkajs expects it. Records of aborted transactions come as control records,
 * which kafkajs hands to nobody but counts as read, and the list of those transactions is empty. kafkajs's own filter
 * hands some of them on: it takes the list to be in the order of the transactions' beginnings (Kafka's is in that of
 * their ends) and to concern one record each, and any record with a key of four zero bytes for the end of one.
 */
export async function decodeFetch(answer: Buffer, version: number): Promise<unknown> {
  const reader = new ByteReader(answer);
  const throttleTime = reader.int32();
  const session = version < 7 ? {} : { errorCode: reader.int16(), sessionId: reader.int32() };
  const sets: { partition: PartitionAnswer; set: Buffer }[] = [];
  const responses = list(reader, () => ({
    topicName: reader.string(),
    partitions: list(reader, () => {
      const partition = partitionHead(reader, version);
      sets.push({ partition, set: reader.take(Math.max(0, reader.int32())) });
      return partition;
    }),
  }));
  turn += 1;
  const budget = { left: DECOMPRESSED_BYTES_MAX };
  for (let n = 0; n < sets.length; n += 1) {
    const next = sets[(turn + n) % sets.length];
    if (next !== undefined) await decodeSet(next.set, next.partition, budget);
  }
  // From version 8 on it is the client that has to wait, and kafkajs does so by another name.
  const throttle = version < 8 ? { throttleTime } : { throttleTime: 0, clientSideThrottleTime: throttleTime };
  return { ...throttle, ...session, responses };
}

function list<T>(reader: ByteReader, read: () => T): T[] {
  return Array.from({ length: Math.max(0, reader.int32()) }, read);
}

function partitionHead(reader: ByteReader, version: number): PartitionAnswer {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64().toString();
  reader.int64(); // the last stable offset
  if (version >= 5) reader.int64(); // the start of the log
  const abortedTransactions = list(reader, () => ({
    producerId: reader.int64().toString(),
    firstOffset: reader.int64().toString(),
  }));
  const preferred = version < 11 ? {} : { preferredReadReplica: reader.int32() };
  return { partition, errorCode, highWatermark, abortedTransactions, ...preferred, messages: [] };
}

/** Adds the messages of the whole batches, up to the first that can't be read; the last of an answer may be cut. */
async function decodeSet(set: Buffer, partition: PartitionAnswer, budget: { left: number }): Promise<void> {
  const { messages } = partition;
  const isAborted = abortedBatches(partition.abortedTransactions.splice(0));
  for (let at = 0; set.length - at >= BATCH_HEAD_BYTES && budget.left > 0;) {
    const size = set.readInt32BE(at + 8) + BATCH_UNCOUNTED_BYTES;
    // Written before Kafka 0.11, which Kafka 4 has no more: left to kafkajs.
    if (set.readInt8(at + MAGIC_AT) !== FORMAT) {
      const rest = set.subarray(at);
      partition.messages = messages.concat(await decodeMessageSet(new Decoder(rest), rest.length));
      return;
    }
    if (size > set.length - at) break;
    const batch = set.subarray(at, at + Math.max(size, BATCH_HEAD_BYTES));
    const head = batchHead(batch);
    if (isAborted(head)) head.isControl = true;
    try {
      const decoded = await decodeBatch(batch, head);
      for (const message of decoded) messages.push(message);
      if (head.codec !== 0) budget.left -= decoded.reduce((sum, { size }) => sum + size + RECORD_OVERHEAD_BYTES, 0);
    } catch (error) {
      messages.push(unreadable(head, error));
      break;
    }
    at += batch.length;
  }
}

/**
 * Tells of each batch of a partition, asked in the order of the log, whether its transaction was aborted. One is aborted
 * from its first record on to the producer's next marker, whose kind the broker's list makes plain: nobody writes under
 * the same producer id in between.
 */
function abortedBatches(transactions: PartitionAnswer['abortedTransactions']): (head: BatchHead) => boolean {
  const ahead = transactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .sort((a, b) => b.firstOffset - a.firstOffset);
  const open = new Set<string>();
  return ({ lastOffset, isControl, context: { producerId, inTransaction } }) => {
    for (let next = ahead.at(-1); next !== undefined && next.firstOffset <= lastOffset; next = ahead.at(-1)) {
      open.add(next.producerId);
      ahead.pop();
    }
    if (isControl) open.delete(producerId);
    return inTransaction && open.has(producerId);
  };
}

/** In place of the batch's last record, so that a fetch from its middle meets it too. */
function unreadable(head: BatchHead, error: unknown): UnreadableMessage {
  const { firstOffset, lastOffset, codec, isControl, context } = head;
  const what = codec === 0 ? 'records' : `records, compressed with ${codecName(codec)},`;
  const cause = error instanceof Error ? error.message : String(error);
  return {
    ...{ offset: String(lastOffset), timestamp: '-1', attributes: 0, key: null, value: null, headers: {} },
    ...{ isControlRecord: isControl, batchContext: context },
    unreadable: {
      fromOffset: firstOffset,
      reason: `the ${what} at offsets ${firstOffset} to ${lastOffset} can't be read: ${cause}`,
    },
  };
}
