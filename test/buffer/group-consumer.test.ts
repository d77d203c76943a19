import { expect, it } from '@jest/globals';
import { createConsumer, order } from '../../src/buffer/group-consumer.js';
import { createKafka } from '../../src/buffer/kafka-client.js';
import { testSettings } from '../helpers/app.js';

it('a consumer that does not run takes an order without a word, and nothing else is passed over', async () => {
  const { kafka } = testSettings();
  const consumer = createConsumer(createKafka(kafka), kafka);
  const place = { topic: kafka.ingestionTopic, partition: 0, offset: '7' };
  expect(() => consumer.seek(place)).toThrow(/not initialized/);
  order(() => consumer.seek(place));
  order(() => consumer.pause([place]));
  const fault = new TypeError('a fault of ours');
  expect(() =>
    order(() => {
      throw fault;
    }),
  ).toThrow(fault);
  await consumer.disconnect();
});
