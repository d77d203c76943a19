import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Message, PartitionerArgs } from 'kafkajs';
import groupMessagesPerPartition from 'kafkajs/src/producer/groupMessagesPerPartition.js';
import { groupQuickly } from '../../src/buffer/group-quickly.js';

const topic = 'ingestion-topic';
const PARTITIONS = 6;
const partitionMetadata = Array.from({ length: PARTITIONS }, (_, partitionId) => {
  return { partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] };
});

/** As every partitioner does: where the message says so, else by its key. */
const choose = ({ message }: PartitionerArgs) => message.partition ?? String(message.key).length % PARTITIONS;

const group = (messages: Message[], partitioner = choose) =>
  groupMessagesPerPartition({ topic, partitionMetadata, messages, partitioner });

const message: fc.Arbitrary<Message> = fc.record(
  { key: fc.string(), value: fc.string(), partition: fc.nat(PARTITIONS - 1) },
  { requiredKeys: ['key', 'value'] },
);

describe('the grouping of messages by partition', () => {
  it('is that of kafkajs', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 50 }), (messages) => {
        expect(group(groupQuickly([...messages]))).toEqual(group([...messages]));
      }),
    );
  });

  it('is made again as it was when kafkajs sends again', () => {
    const messages = groupQuickly([1, 0, 1].map((partition, n) => ({ key: null, value: String(n), partition })));
    const groups = group(messages);
    expect(group(messages)).toEqual(groups);
    expect(groups).toEqual({ 0: [messages[1]], 1: [messages[0], messages[2]] });
  });

  it('asks once for a partition that the messages name', () => {
    const partitioner = jest.fn(choose);
    const messages = Array.from({ length: 3_000 }, (_, n) => ({ key: null, value: String(n), partition: n % 3 }));
    group(groupQuickly(messages), partitioner);
    expect(partitioner).toHaveBeenCalledTimes(3);
  });
});
