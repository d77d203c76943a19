import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import produce, { type ProduceRequest } from 'kafkajs/src/protocol/requests/produce/index.js';
import { encodeProduce, encodeProduceQuickly } from '../../src/buffer/produce-encoder.js';

const NOW_MS = 1_760_000_000_123;
/** Before any test patches it. */
const original = produce.protocol;

const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  // Lengths whose own length takes one, two and three bytes.
  fc.nat(20_000).map((length) => 'x'.repeat(length)),
);
const content = fc.oneof(text, bytes);
const message: fc.Arbitrary<Message> = fc.record(
  {
    key: fc.oneof(content, fc.constant(null)),
    value: fc.oneof({ weight: 5, arbitrary: content }, { weight: 1, arbitrary: fc.constant(null) }),
    headers: fc.dictionary(fc.string({ maxLength: 80 }), fc.oneof(content, fc.array(content, { maxLength: 3 })), {
      maxKeys: 5,
    }),
  },
  { requiredKeys: ['value'] },
);
const request: fc.Arbitrary<ProduceRequest> = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  transactionalId: fc.oneof(fc.constant(null), fc.string({ minLength: 1, maxLength: 200 })),
  producerId: fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map((value) => ({ value, toString: () => value.toString() })),
    fc.nat().map(String),
  ),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ minLength: 1, maxLength: 249 }),
      partitions: fc.array(
        fc.record({
          partition: fc.nat(1_000),
          firstSequence: fc.nat(2 ** 31 - 1),
          messages: fc.array(message, { minLength: 1, maxLength: 5 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

describe('produce requests', () => {
  beforeEach(() => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW_MS);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('are the bytes that kafkajs itself would write, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (any) => {
        const theirs = (await original({ version: 7 })?.(any).request.encode())?.buffer;
        expect(encodeProduce(any, NOW_MS)?.equals(theirs ?? Buffer.alloc(0))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('hold more than 8,191 records and values of a megabyte', async () => {
    const messages = Array.from({ length: 9_000 }, (_, n) => ({ key: `k${n}`, value: 'ä'.repeat(n % 40) }));
    const large = { key: null, value: 'x'.repeat(1_100_000) };
    const partitions = [
      { partition: 0, messages, firstSequence: 7 },
      { partition: 2, messages: [large] },
    ];
    const many = { acks: -1, timeout: 1, producerId: '5', topicData: [{ topic: 'topic', partitions }] };
    const theirs = (await original({ version: 3 })?.(many).request.encode())?.buffer;
    expect(encodeProduce(many, NOW_MS)?.equals(theirs ?? Buffer.alloc(0))).toBe(true);
  });

  it.each([
    ['compressed records', { compression: 1 }, {}],
    ['records with a time of their own', {}, { timestamp: '1700000000000' }],
    ['a producer without an identity', { producerId: undefined }, {}],
  ])('with %s are left to kafkajs', async (_, head, extra) => {
    encodeProduceQuickly();
    const partitions = [{ partition: 0, messages: [{ value: 'v', ...extra }] }];
    const asked = { acks: -1, timeout: 1, producerId: '5', topicData: [{ topic: 't', partitions }], ...head };
    expect(encodeProduce(asked, NOW_MS)).toBeNull();
    const theirs = await original({ version: 7 })?.(asked).request.encode();
    const ours = await produce.protocol({ version: 7 })?.(asked).request.encode();
    expect(ours?.buffer).toEqual(theirs?.buffer);
  });

  it('are written so by kafkajs once it was told to, where records travel in batches', async () => {
    encodeProduceQuickly();
    const partitions = [{ partition: 0, messages: [{ key: 'k', value: 'v' }] }];
    const asked = { acks: -1, timeout: 1, producerId: '5', topicData: [{ topic: 't', partitions }] };
    const modern = await produce.protocol({ version: 7 })?.(asked).request.encode();
    expect(modern?.buffer).toEqual(encodeProduce(asked, NOW_MS));
    const old = await produce.protocol({ version: 2 })?.(asked).request.encode();
    expect(old?.buffer).toEqual((await original({ version: 2 })?.(asked).request.encode())?.buffer);
  });
});
