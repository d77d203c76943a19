import { afterEach, describe, expect, it } from '@jest/globals';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { testSettings } from '../helpers/app.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { aroundStore } from './forced.js';
import { createTopics, startPipeline } from './pipeline.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce } from './workload.js';

const SESSION_MS = 6_000;

const { prototype } = ConsumerGroup;
const heartbeat = prototype.heartbeat;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  prototype.heartbeat = heartbeat;
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a member that the group has given up without its knowing', () => {
  it('touches nothing any more, so that the new owner gets on, and joins again by itself', async () => {
    const settings = testSettings({
      DOCSTREAM_PARTITIONS: '1',
      DOCSTREAM_SESSION_TIMEOUT_MS: String(SESSION_MS),
      DOCSTREAM_BATCH_RECORDS_MAX: '20',
    });
    // Few for the new owner: a member that gets no answer for long enough is made anew, and joins again.
    const workload = makeWorkload(71, 260);
    await createTopics(settings);
    await produce(settings, workload.messages.slice(0, 200));
    const sinks = await Sinks.open(settings);
    cleanUps.push(() => sinks.close());
    const members = new Set<object>();
    const silent = new Set<object>();
    prototype.heartbeat = function silenced(this: typeof prototype, options): Promise<void> {
      members.add(this);
      return silent.has(this) ? Promise.resolve() : heartbeat.call(this, options);
    };
    let transactions = 0;
    const given = await startPipeline(settings, (app) => {
      aroundStore(app, (commit) => {
        transactions += 1;
        return commit();
      });
    });
    cleanUps.push(() => given.close());
    await sinks.settled();

    for (const member of members) silent.add(member);
    const owner = await startPipeline(settings);
    cleanUps.push(() => owner.close());
    await until(
      () => owner.status.assigned.length === 1,
      60_000,
      () => 'the partition did not move',
    );
    const before = transactions;
    await produce(settings, workload.messages.slice(200));
    await sinks.settled();
    expect([given.status.assigned, transactions]).toEqual([[0], before]);
    expect(await verdictOn(sinks, settings, workload)).toBeNull();

    // It has not been answered for so long that it is taken for hung, and made anew.
    await owner.close();
    const rest = makeWorkload(72, 100);
    await produce(settings, rest.messages);
    await sinks.settled();
    expect(transactions).toBeGreaterThan(before);
    const both = { lines: [...workload.lines, ...rest.lines], garbage: [...workload.garbage, ...rest.garbage] };
    expect(await verdictOn(sinks, settings, both)).toBeNull();
  });
});
