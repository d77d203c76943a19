import { afterEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { testSettings } from '../helpers/app.js';
import { Sinks } from '../helpers/oracle-sinks.js';
import { failOutput, failStore, type Moment } from './forced.js';
import { createTopics, type Pipeline, startPipeline } from './pipeline.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce, seeded } from './workload.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a failure at either commit', () => {
  it.each([1, 2, 3])('leaves both sinks with everything exactly once (seed %i)', async (seed) => {
    const settings = testSettings({ DOCSTREAM_BATCH_RECORDS_MAX: '45' });
    const workload = makeWorkload(seed, 900);
    await createTopics(settings);
    await produce(settings, workload.messages);
    const random = seeded(seed);
    const forced = { store: 0, output: 0 };
    const choose = (sink: keyof typeof forced): Moment => {
      const dice = random();
      if (dice > 0.12) return 'never';
      forced[sink] += 1;
      return dice < 0.06 ? 'before' : 'after';
    };

    const { sinks } = await run(settings, (app) => {
      failStore(app, () => choose('store'));
      failOutput(app, () => choose('output'));
    });
    await sinks.settled();

    expect(await verdictOn(sinks, settings, workload)).toBeNull();
    expect(forced.store).toBeGreaterThan(0);
    expect(forced.output).toBeGreaterThan(0);
  });

  it('that stops a process for good is made up for by the next one', async () => {
    const settings = testSettings({ DOCSTREAM_BATCH_RECORDS_MAX: '100' });
    const workload = makeWorkload(7, 1_000);
    await createTopics(settings);
    await produce(settings, workload.messages.slice(0, 500));
    // From the second batch on, nothing of this process reaches Kafka any more, while the store goes on.
    const first = await run(settings, (app) => {
      let commits = 0;
      failOutput(app, () => (++commits > 1 ? 'before' : 'never'));
    });
    await first.sinks.reached('store', 1);
    await first.pipeline.close();
    await produce(settings, workload.messages.slice(500));

    const second = await run(settings);
    await second.sinks.settled();

    expect(await verdictOn(second.sinks, settings, workload)).toBeNull();
  });
});

async function run(
  settings: ReturnType<typeof testSettings>,
  prepare?: (app: NestFastifyApplication) => void,
): Promise<{ pipeline: Pipeline; sinks: Sinks }> {
  const pipeline = await startPipeline(settings, prepare);
  cleanUps.push(() => pipeline.close());
  const sinks = await Sinks.open(settings);
  cleanUps.push(() => sinks.close());
  return { pipeline, sinks };
}
