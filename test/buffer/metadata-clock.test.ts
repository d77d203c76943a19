import { expect, it } from '@jest/globals';
import BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
import { metadataAgesInSpiteOfClock } from '../../src/buffer/metadata-clock.js';

const AGE_MS_MAX = 30_000;

/** What kafkajs knows of a cluster, and how often it is asked for again. */
function poolThatExpiresIn(ms: number) {
  metadataAgesInSpiteOfClock();
  const asked: string[][] = [];
  const pool = Object.assign(Object.create(BrokerPool.prototype) as BrokerPool, {
    metadata: { topicMetadata: [] },
    metadataExpireAt: Date.now() + ms,
    metadataMaxAge: AGE_MS_MAX,
    refreshMetadata: (topics: string[]) => Promise.resolve(asked.push(topics)),
  });
  return { pool, asked };
}

it.each([
  ['is good for a while yet', AGE_MS_MAX / 2, 0],
  ['is too old', -1, 1],
  ['was learned before the clock was set back by a day', 86_400_000, 1],
])('what is known of a cluster and %s is asked for as often as it should', async (_, ms, times) => {
  const { pool, asked } = poolThatExpiresIn(ms);
  await pool.refreshMetadataIfNecessary([]);
  expect(asked).toHaveLength(times);
});
