import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import Batch from 'kafkajs/src/consumer/batch.js';
import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/crc32C.js';
import fetch from 'kafkajs/src/protocol/requests/fetch/index.js';
import { BATCH_HEAD_BYTES, BATCH_UNCOUNTED_BYTES } from '../../src/buffer/batch-head.js';
import { ByteWriter } from '../../src/buffer/byte-writer.js';
import { decodeFetch, unreadableOf } from '../../src/buffer/fetch-decoder.js';
import { FetchedRecord } from '../../src/buffer/fetched-record.js';
import { encodeProduce } from '../../src/buffer/produce-encoder.js';
import { encodeRecords } from '../fault/raw-batch.js';

const TOPIC = 'topic';
/** Where the byte that names the format of a batch ends. */
const MAGIC_END = 17;
/** Attributes of a batch. */
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const NOW_MS = 1_760_000_000_123;
const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
const message: fc.Arbitrary<Message> = fc.record({
  key: fc.oneof(bytes, fc.constant(null)),
  value: fc.oneof(bytes, fc.constant(null)),
  // Not named after an object's parts: kafkajs then adds a value that nobody sent.
  headers: fc.dictionary(
    fc.string({ maxLength: 20 }).map((name) => `-${name}`),
    bytes,
    { maxKeys: 5 },
  ),
});
const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 20 }), { maxLength: 4 });

describe('an answer to a fetch', () => {
  it.each([4, 5, 7, 8, 11])(
    'of version %d is read as kafkajs reads it, also when its last batch is cut',
    async (version) => {
      await fc.assert(
        fc.asyncProperty(batches, fc.nat(60), async (sets, cut) => {
          const set = Buffer.concat(sets.map(batchOf));
          const left = set.subarray(0, Math.max(0, set.length - cut));
          const ours = await decodeFetch(answerOf(version, left), version);
          // kafkajs throws at what is too short to say its format; there is no record in it.
          const readable = left.length < MAGIC_END ? Buffer.alloc(0) : left;
          const theirs = await fetch.protocol({ version })?.({}).response.decode(answerOf(version, readable));
          // The same text: theirs has more of each batch than anybody reads.
          const told = (read: unknown) =>
            JSON.parse(
              JSON.stringify(read, (name, value: unknown) => (UNREAD.includes(name) ? undefined : whole(value))),
            ) as unknown;
          expect(told(ours)).toEqual(told(theirs));
        }),
        { numRuns: 50, examples: [[[[{ key: null, value: Buffer.alloc(0), headers: {} }]], 52]] },
      );
    },
  );

  it('with a record of a hundred thousand headers is read within seconds', async () => {
    const headers = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [String(n), '']));
    const startedAtMs = performance.now();
    const [found] = await read(batchOf([{ value: 'x', headers }]));
    expect(Object.keys(found?.headers ?? {})).toHaveLength(100_000);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  it('with a batch that claims more records than it has ends with what could be read', async () => {
    const lying = batchOf([{ value: 'b' }]);
    lying.writeInt32BE(2_000_000_000, 57);
    const found = await read(Buffer.concat([batchOf([{ value: 'a' }]), lying, batchOf([{ value: 'c' }])]));
    expect(found.map(({ value }) => value?.toString())).toEqual(['a', undefined]);
    expect(unreadableOf(found[1] ?? {})).toMatchObject({
      fromOffset: 0,
      reason: expect.stringMatching(/can't be read/),
    });
  });
});

describe('a compressed batch', () => {
  const MIB = 1024 * 1024;
  const GZIP = 1;

  it('that is damaged can’t be read, and nothing that came before it is lost', async () => {
    const records = encodeRecords([Buffer.from('b')]);
    expect((await read(compressed(records, 1))).map(({ value }) => value?.toString())).toEqual(['b']);
    const damaged = compressed(records, 1);
    // One that the decompressor takes as it comes: the time within the head of gzip.
    damaged.writeUInt8(damaged.readUInt8(BATCH_HEAD_BYTES + 4) ^ 1, BATCH_HEAD_BYTES + 4);
    const found = await read(Buffer.concat([batchOf([{ value: 'a' }]), damaged]));
    expect(found.map(({ value }) => value?.toString())).toEqual(['a', undefined]);
    expect(unreadableOf(found[1] ?? {})?.reason).toMatch(/, compressed with gzip, .* can't be read: it is damaged$/);
  });

  it('of more records than fit into memory can’t be read', async () => {
    const [found] = await read(compressed(encodeRecords([Buffer.from('b')]), 262_145));
    expect(unreadableOf(found ?? {})?.reason).toMatch(/: it has 262145 records, more than 262144$/);
  });

  it('is left for the next fetch where those before it in the answer have filled the memory', async () => {
    const large = compressed(encodeRecords([Buffer.alloc(40 * MIB)]), 1);
    const found = await read(Buffer.concat([large, large, large]));
    expect(found.map(({ value }) => value?.length)).toEqual([40 * MIB, 40 * MIB]);
    // What is not compressed is no larger than the answer, and counts for nothing.
    const plain = batchOf([{ value: Buffer.alloc(25 * MIB) }]);
    expect(await read(Buffer.concat([plain, plain, plain]))).toHaveLength(3);
  });

  /** A batch that says it has so many records, compressed. */
  function compressed(records: Buffer, count: number): Buffer {
    const batch = Buffer.concat([batchOf([{ value: '' }]).subarray(0, BATCH_HEAD_BYTES), gzipSync(records)]);
    batch.writeInt32BE(batch.length - BATCH_UNCOUNTED_BYTES, 8);
    batch.writeInt16BE(GZIP, 21);
    batch.writeInt32BE(count - 1, 23);
    batch.writeInt32BE(count, 57);
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
    return batch;
  }
});

/** With the parts that it makes when they are asked for. */
function whole(value: unknown): unknown {
  if (!(value instanceof FetchedRecord)) return value;
  const { attributes, timestamp, offset, key, value: content, headers, isControlRecord, batchContext } = value;
  return { attributes, timestamp, offset, key, value: content, headers, isControlRecord, batchContext };
}

describe('transactions of several producers in one partition', () => {
  const producerId = fc.integer({ min: 1, max: 4 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ producerId, records: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ plain: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ producerId, marker: fc.constantFrom<Marker>('abort', 'commit') }) },
  );

  it('give the records of those that were committed, wherever one begins to read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(100), async (steps, from) => {
        const log = new Log();
        for (const { producerId = PLAIN, records, plain, marker } of steps as Step[]) {
          if (marker === undefined) log.append(producerId, records ?? plain ?? 0);
          else log.decide(producerId, marker);
        }
        for (const open of log.open.keys()) log.decide(open, 'abort');
        const position = Math.min(from, log.end);
        expect(await log.read(position)).toEqual(
          log.committed.filter((offset) => offset >= position).sort((a, b) => a - b),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('are not taken to end with a record whose key looks like a marker', async () => {
    const log = new Log();
    log.append(1, 2, Buffer.from([0, 0, 0, 0]));
    log.append(1, 1);
    log.decide(1, 'abort');
    log.append(PLAIN, 1, Buffer.from([0, 0, 0, 0]));
    expect(await log.read(0)).toEqual([4]);
  });
});

const UNREAD = ['abortedTransactions', 'magicByte', 'lastStableOffset', 'lastStartOffset', ...contextOfTheirs()];

function contextOfTheirs(): string[] {
  const numbers = ['firstOffset', 'firstTimestamp', 'partitionLeaderEpoch', 'lastOffsetDelta', 'producerEpoch'];
  return [...numbers, 'isControlBatch', 'firstSequence', 'maxTimestamp', 'timestampType'];
}

type Marker = 'abort' | 'commit';
interface Step {
  producerId?: number;
  records?: number;
  plain?: number;
  marker?: Marker;
}

/** Writes outside of transactions. */
const PLAIN = -1;

/** A partition with whole transactions, as a broker keeps it and gives it to one who reads what is committed. */
class Log {
  /** The offsets of the records that a reader of what is committed shall get. */
  readonly committed: number[] = [];
  /** The offsets of each transaction's records that is not decided. */
  readonly open = new Map<number, number[]>();
  private readonly batches: { lastOffset: number; bytes: Buffer }[] = [];
  private readonly aborted: { producerId: number; firstOffset: number; markerOffset: number }[] = [];
  private next = 0;

  get end(): number {
    return this.next;
  }

  append(producerId: number, count: number, key: Buffer | null = null): void {
    const offsets = Array.from({ length: count }, (_, n) => this.next + n);
    const isPlain = producerId === PLAIN;
    this.write(
      producerId,
      isPlain ? 0 : TRANSACTIONAL,
      offsets.map(() => ({ key, value: 'x' })),
    );
    if (isPlain) this.committed.push(...offsets);
    else this.open.set(producerId, [...(this.open.get(producerId) ?? []), ...offsets]);
  }

  decide(producerId: number, marker: Marker): void {
    const offsets = this.open.get(producerId) ?? [];
    this.open.delete(producerId);
    const [firstOffset] = offsets;
    if (marker === 'commit') this.committed.push(...offsets);
    else if (firstOffset !== undefined) this.aborted.push({ producerId, firstOffset, markerOffset: this.next });
    const key = Buffer.from([0, 0, 0, marker === 'commit' ? 1 : 0]);
    this.write(producerId, TRANSACTIONAL | CONTROL, [{ key, value: Buffer.alloc(6) }]);
  }

  /** The offsets that kafkajs hands on of what `decodeFetch` makes of a fetch from here on. */
  async read(position: number): Promise<number[]> {
    const set = Buffer.concat(
      this.batches.filter(({ lastOffset }) => lastOffset >= position).map(({ bytes }) => bytes),
    );
    // In the order of the markers, as brokers give them; those that had ended before the position are left out.
    const aborted = this.aborted.filter(({ markerOffset }) => markerOffset >= position);
    const partition = await readPartition(answerOf(11, set, aborted));
    return new Batch(TOPIC, String(position), partition).messages.map(({ offset }) => Number(offset));
  }

  private write(producerId: number, attributes: number, messages: Message[]): void {
    const bytes = batchOf(messages);
    bytes.writeBigInt64BE(BigInt(this.next), 0);
    bytes.writeInt16BE(attributes, 21);
    bytes.writeBigInt64BE(BigInt(producerId), 43);
    this.next += messages.length;
    this.batches.push({ lastOffset: this.next - 1, bytes });
  }
}

interface Found {
  value: Buffer | null;
  headers: object;
}

async function read(set: Buffer): Promise<Found[]> {
  return (await readPartition(answerOf(11, set))).messages;
}

/** The only partition of the answer. */
async function readPartition(answer: Buffer): Promise<{ messages: Found[] }> {
  const decoded = (await decodeFetch(answer, 11)) as { responses: [{ partitions: [{ messages: Found[] }] }] };
  return decoded.responses[0].partitions[0];
}

/** A batch as docstream writes it. */
function batchOf(messages: Message[]): Buffer {
  const identity = { producerId: 7, producerEpoch: 1 };
  const topicData = [{ topic: TOPIC, partitions: [{ partition: 0, messages }] }];
  const request = encodeProduce({ acks: -1, timeout: 0, ...identity, topicData }, NOW_MS);
  // Before it: the transactional id, acks, time, the topic, its partition and the length of the set.
  return Buffer.from(request?.subarray(2 + 2 + 4 + 4 + 2 + TOPIC.length + 4 + 4 + 4) ?? []);
}

interface Aborted {
  producerId: number;
  firstOffset: number;
}

function answerOf(version: number, set: Buffer, aborted: Aborted[] = [{ producerId: 7, firstOffset: 20 }]): Buffer {
  const writer = new ByteWriter(200 + 16 * aborted.length + set.length);
  writer.int32(3);
  if (version >= 7) writer.int16(0);
  if (version >= 7) writer.int32(5);
  writer.int32(1);
  writer.string(TOPIC);
  writer.int32(1);
  writer.int32(0);
  writer.int16(0);
  writer.int64(99n);
  writer.int64(98n);
  if (version >= 5) writer.int64(0n);
  writer.int32(aborted.length);
  for (const { producerId, firstOffset } of aborted) {
    writer.int64(BigInt(producerId));
    writer.int64(BigInt(firstOffset));
  }
  if (version >= 11) writer.int32(-1);
  writer.int32(set.length);
  set.copy(writer.bytes, writer.at);
  return writer.bytes.subarray(0, writer.at + set.length);
}
