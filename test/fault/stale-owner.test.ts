import { afterEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { testSettings } from '../helpers/app.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { type Around, aroundOutput, aroundStore } from './forced.js';
import { createTopics, type Pipeline, startPipeline } from './pipeline.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce } from './workload.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('an owner that hangs until others have its partitions', () => {
  it('changes nothing when it then goes on to commit', async () => {
    // Both at once, because each waits for the group to give the hanging member up.
    const [inStore, inKafka] = await Promise.all([hangIn(aroundStore), hangIn(aroundOutput)]);

    expect(inStore).toEqual({ committed: 0, verdict: null });
    expect(inKafka).toEqual({ committed: 0, verdict: null });
  });
});

/** Lets an owner hang before its commits until a second one has done all the work, then lets it go on. */
async function hangIn(place: (app: NestFastifyApplication, around: Around) => void) {
  const settings = testSettings({ DOCSTREAM_SESSION_TIMEOUT_MS: '6000', DOCSTREAM_BATCH_RECORDS_MAX: '50' });
  const workload = makeWorkload(61, 600);
  await createTopics(settings);
  await produce(settings, workload.messages);
  const sinks = await Sinks.open(settings);
  cleanUps.push(() => sinks.close());
  const hung = hang();

  await start(settings, (app) => place(app, hung.around));
  await until(
    () => hung.waiting() > 0,
    20_000,
    () => 'the first owner got no batch',
  );
  const second = await start(settings);
  await until(
    () => second.status.assigned.length === 3,
    60_000,
    () => 'the partitions did not move',
  );
  await sinks.settled();
  hung.release();
  const outcomes = await hung.outcomes();

  const committed = outcomes.filter((outcome) => outcome === 'committed').length;
  return { committed, verdict: await verdictOn(sinks, settings, workload) };
}

/** Holds every commit back until it is released, and says what became of them. */
function hang() {
  const held: Promise<string>[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let released = false;
  const around: Around = (commit) => {
    if (released) return commit();
    const late = gate.then(commit);
    held.push(late.then(() => 'committed', String));
    return late;
  };
  return {
    around,
    waiting: () => held.length,
    release: () => {
      released = true;
      release();
    },
    outcomes: () => Promise.all(held),
  };
}

async function start(...args: Parameters<typeof startPipeline>): Promise<Pipeline> {
  const pipeline = await startPipeline(...args);
  cleanUps.push(() => pipeline.close());
  return pipeline;
}
