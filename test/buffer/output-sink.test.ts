import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { OutputSink } from '../../src/buffer/index.js';
import { testSettings } from '../helpers/app.js';
import { TwoBrokers } from './two-brokers.js';

const { kafka: settings } = testSettings();
const topic = settings.outputTopic;
const choose = kafkajs.Partitioners.DefaultPartitioner();

/** Documents whose keys lie in the partition, of two. */
function documentsOf(partition: number, count: number): { key: string; value: string }[] {
  const partitionMetadata = [0, 1].map((partitionId) => ({ partitionId, leader: 1 })) as never[];
  const found: { key: string; value: string }[] = [];
  for (let n = 0; found.length < count; n += 1) {
    const key = String(536_365 + n);
    if (choose({ topic, partitionMetadata, message: { key, value: null } }) !== partition) continue;
    found.push({ key, value: `document ${key}` });
  }
  return found;
}

const values = (records: { value: string }[]) => records.map(({ value }) => value);

const before = { documents: [...documentsOf(0, 1), ...documentsOf(1, 1)], deadLetters: [], nextOffset: 1 };
const after = {
  documents: [...documentsOf(0, 3).slice(1), ...documentsOf(1, 3).slice(1)],
  deadLetters: [],
  nextOffset: 2,
};

describe('documents for partitions of several brokers, when the leader of one moves to the other', () => {
  it.each([
    ['has acknowledged its own', 0],
    ['has not acknowledged its own yet', 500],
  ])('are there once where the other %s', async (_, delayMs) => {
    const brokers = new TwoBrokers([1, 2]);
    const transaction = await OutputSink.open(brokers.kafka, settings, 0);
    await transaction.commit(before);
    brokers.leaders = [1, 1];
    brokers.delaysMs.set(1, delayMs);
    await transaction.commit(after);
    expect(brokers.committed).toBe(2);
    expect(brokers.logs.get(`${topic}:0`)).toEqual(values(documentsOf(0, 3)));
    expect(brokers.logs.get(`${topic}:1`)).toEqual(values(documentsOf(1, 3)));
  });

  it('are one request for each partition, whatever they hold', async () => {
    const brokers = new TwoBrokers([1, 2]);
    const transaction = await OutputSink.open(brokers.kafka, settings, 0);
    await transaction.commit(before);
    const { requests } = brokers;
    await transaction.commit(after);
    expect(brokers.requests - requests).toBe(2);
    await transaction.commit({ documents: documentsOf(1, 9).slice(3), deadLetters: [], nextOffset: 3 });
    expect(brokers.requests - requests).toBe(3);
  });
});

describe('what has no key', () => {
  it('lies together, by the partition that it came from', async () => {
    const brokers = new TwoBrokers([1, 2]);
    const transaction = await OutputSink.open(brokers.kafka, settings, 3);
    const deadLetters = ['a', 'b', 'c'].map((value) => ({ key: null, value }));
    await transaction.commit({ documents: [], deadLetters, nextOffset: 1 });
    expect([...brokers.logs]).toEqual([[`${settings.deadLetterTopic}:1`, ['a', 'b', 'c']]]);
  });
});
