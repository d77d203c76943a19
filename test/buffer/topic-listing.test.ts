import { afterEach, expect, it, jest } from '@jest/globals';
import kafkajs, { type Admin } from 'kafkajs';
import type { Settings } from '../../src/config.js';
import { listTopics } from '../../src/buffer/index.js';
import { testSettings } from '../helpers/app.js';
import { createTopics } from '../fault/pipeline.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('lists what there is when a topic was deleted after Kafka had named it', async () => {
  const { kafka } = testSettings({ DOCSTREAM_PARTITIONS: '2' });
  await createTopics({ kafka } as never);
  onListing(async (list) => [...(await list()), `${kafka.ingestionTopic}-gone`]);
  expect(await listed(kafka)).toEqual([
    [kafka.ingestionTopic, 0, 0],
    [kafka.ingestionTopic, 1, 0],
  ]);
});

it('lists again when Kafka says that what it could not tell will pass', async () => {
  const { kafka } = testSettings({ DOCSTREAM_PARTITIONS: '1' });
  await createTopics({ kafka } as never);
  const listings = onListing((list, isFirst) => {
    // As for a topic that goes between the question which there are and the one what they hold.
    return isFirst ? Promise.reject(new kafkajs.KafkaJSError('no such partition', { retriable: true })) : list();
  });
  expect(await listed(kafka)).toEqual([[kafka.ingestionTopic, 0, 0]]);
  expect(listings.count).toBe(2);
});

type List = () => Promise<string[]>;

/** Has every answer to which topics there are go through `change`. */
function onListing(change: (list: List, isFirst: boolean) => Promise<string[]>): { count: number } {
  const { prototype } = kafkajs.Kafka;
  const { admin } = prototype;
  const listings = { count: 0 };
  jest.spyOn(prototype, 'admin').mockImplementation(function (this: never, options) {
    const made: Admin = admin.call(this, options);
    const list = made.listTopics;
    made.listTopics = () => {
      listings.count += 1;
      return change(list, listings.count === 1);
    };
    return made;
  });
  return listings;
}

async function listed(kafka: Settings['kafka']) {
  const rows = (await listTopics(kafka)).filter(({ topic }) => topic.startsWith(kafka.ingestionTopic));
  return rows.map(({ topic, partition, end }) => [topic, partition, end]);
}
