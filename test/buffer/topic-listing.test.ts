import { afterEach, expect, it, jest } from '@jest/globals';
import kafkajs, { type Admin } from 'kafkajs';
import { listTopics } from '../../src/buffer/index.js';
import { testSettings } from '../helpers/app.js';
import { createTopics } from '../fault/pipeline.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('lists what there is when a topic was deleted after Kafka had named it', async () => {
  const { kafka } = testSettings({ DOCSTREAM_PARTITIONS: '2' });
  await createTopics({ kafka } as never);
  const { prototype } = kafkajs.Kafka;
  const { admin } = prototype;
  let listings = 0;
  jest.spyOn(prototype, 'admin').mockImplementation(function (this: never, options) {
    const made: Admin = admin.call(this, options);
    const { listTopics: list } = made;
    listings += 1;
    const isFirst = listings === 1;
    made.listTopics = async () => [...(await list()), ...(isFirst ? [`${kafka.ingestionTopic}-gone`] : [])];
    return made;
  });

  const rows = (await listTopics(kafka)).filter(({ topic }) => topic.startsWith(kafka.ingestionTopic));

  expect(rows.map(({ topic, partition, end }) => [topic, partition, end])).toEqual([
    [kafka.ingestionTopic, 0, 0],
    [kafka.ingestionTopic, 1, 0],
  ]);
  expect(listings).toBeGreaterThan(1);
});
