import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import fetch from 'kafkajs/src/protocol/requests/fetch/index.js';
import { ByteWriter } from '../../src/buffer/byte-writer.js';
import { decodeFetch, unreadableOf } from '../../src/buffer/fetch-decoder.js';
import { encodeProduce } from '../../src/buffer/produce-encoder.js';

const TOPIC = 'topic';
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
          const answer = answerOf(version, set.subarray(0, Math.max(0, set.length - cut)));
          const ours = await decodeFetch(answer, version);
          const theirs = await fetch.protocol({ version })?.({}).response.decode(answer);
          // The same text: theirs has more of each batch than anybody reads.
          const told = (read: unknown) =>
            JSON.parse(
              JSON.stringify(read, (name, value: unknown) => (UNREAD.includes(name) ? undefined : value)),
            ) as unknown;
          expect(told(ours)).toEqual(told(theirs));
        }),
        { numRuns: 50 },
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

const UNREAD = ['magicByte', 'lastStableOffset', 'lastStartOffset', ...contextOfTheirs()];

function contextOfTheirs(): string[] {
  const numbers = ['firstOffset', 'firstTimestamp', 'partitionLeaderEpoch', 'lastOffsetDelta', 'producerEpoch'];
  return [...numbers, 'isControlBatch', 'firstSequence', 'maxTimestamp', 'timestampType'];
}

interface Found {
  value: Buffer | null;
  headers: object;
}

async function read(set: Buffer): Promise<Found[]> {
  const answer = (await decodeFetch(answerOf(11, set), 11)) as { responses: { partitions: { messages: Found[] }[] }[] };
  return answer.responses[0]?.partitions[0]?.messages ?? [];
}

/** A batch as docstream writes it. */
function batchOf(messages: Message[]): Buffer {
  const identity = { producerId: 7, producerEpoch: 1 };
  const topicData = [{ topic: TOPIC, partitions: [{ partition: 0, messages }] }];
  const request = encodeProduce({ acks: -1, timeout: 0, ...identity, topicData }, NOW_MS);
  // Before it: the transactional id, acks, time, the topic, its partition and the length of the set.
  return Buffer.from(request?.subarray(2 + 2 + 4 + 4 + 2 + TOPIC.length + 4 + 4 + 4) ?? []);
}

function answerOf(version: number, set: Buffer): Buffer {
  const writer = new ByteWriter(200 + set.length);
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
  writer.int32(1);
  writer.int64(7n);
  writer.int64(20n);
  if (version >= 11) writer.int32(-1);
  writer.int32(set.length);
  set.copy(writer.bytes, writer.at);
  return writer.bytes.subarray(0, writer.at + set.length);
}
