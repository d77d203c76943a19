import { afterEach, expect, it } from '@jest/globals';
import BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
import { createKafka } from '../../src/buffer/kafka-client.js';
import { Member } from '../../src/buffer/member.js';
import type { Settings } from '../../src/config.js';
import { createTopics } from '../fault/pipeline.js';
import { produce } from '../fault/workload.js';
import { testSettings } from '../helpers/app.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';

/** Far more than fetchers ask which brokers there are until they end, and soon reached by one that never ends. */
const ASKED_MAX = 1_000;

const { prototype } = BrokerPool;
const { getNodeIds } = prototype;
afterEach(() => {
  prototype.getNodeIds = getNodeIds;
});

it('a member that is told to leave while it makes new fetchers, because the brokers changed, leaves', async () => {
  const settings = testSettings();
  await createTopics(settings);
  await produce(settings, [{ key: 'A', value: 'the first fetch brings this at once' }]);
  const member = new Member(createKafka(settings.kafka), settings.kafka);
  await coordinatorOf(settings);

  // A broker that leads nothing is not asked for anything: its fetcher waits for a second at a time.
  let idleBroker = '98';
  let asked = 0;
  const left = new Promise<void>((resolve, reject) => {
    member.consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    prototype.getNodeIds = function withIdleBroker(this: typeof prototype): string[] {
      if (idleBroker === '99') asked += 1;
      // Now the other fetcher finds that the brokers changed, and waits for that of the idle one.
      if (asked === 1) setImmediate(() => resolve(member.leave(60_000)));
      // What never ends would take the whole test run with it.
      if (asked > ASKED_MAX) throw new Error('the fetchers go on');
      return [...getNodeIds.call(this), idleBroker];
    };
  });
  await member.join(() => {
    idleBroker = '99';
    return Promise.resolve();
  });

  await left;
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThan(ASKED_MAX);
});

/** Resolves once the group's coordinator answers: one that still loads the groups of a young broker lets nobody join. */
async function coordinatorOf(settings: Settings): Promise<void> {
  const admin = plainKafka(settings).admin();
  await admin.connect();
  const { groupId } = settings.kafka;
  await until(
    () =>
      admin.fetchOffsets({ groupId }).then(
        () => true,
        () => false,
      ),
    60_000,
    () => 'the group has no coordinator',
  );
  await admin.disconnect();
}
