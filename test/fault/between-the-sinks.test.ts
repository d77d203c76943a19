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
    // There are twenty micro-batches at least, so that each of these moments comes.
    const moments = { store: momentsIn(random, 20), output: momentsIn(random, 20) };

    const { sinks } = await run(settings, (app) => {
      failStore(app, () => moments.store.shift() ?? 'never');
      failOutput(app, () => moments.output.shift() ?? 'never');
    });
    await sinks.settled();

    expect(await verdictOn(sinks, settings, workload)).toBeNull();
    expect(moments).toEqual({ store: [], output: [] });
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

/** Two failures before a commit and two after one, at any places among so many commits. */
function momentsIn(random: () => number, commits: number): Moment[] {
  const moments = Array.from({ length: commits }, (): Moment => 'never');
  const places = moments.map((_, at) => ({ at, draw: random() })).sort((a, b) => a.draw - b.draw);
  for (const [n, { at }] of places.slice(0, 4).entries()) moments[at] = n % 2 === 0 ? 'before' : 'after';
  return moments;
}

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
