import { afterEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.js';
import { testEnvironment } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { createTopics } from './pipeline.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce } from './workload.js';

const RECORDS = 9_000;
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('an instance that is frozen in its work (SIGSTOP) and comes back when others have its partitions', () => {
  it('changes nothing on either sink, and takes part again', async () => {
    const environment = testEnvironment({
      DOCSTREAM_SESSION_TIMEOUT_MS: '6000',
      DOCSTREAM_BATCH_RECORDS_MAX: '100',
    });
    const settings = loadSettings(environment);
    const workload = makeWorkload(71, RECORDS);
    await createTopics(settings);
    await produce(settings, workload.messages.slice(0, RECORDS - 1_000));
    const sinks = await Sinks.open(settings);
    cleanUps.push(() => sinks.close());

    const first = launch(environment);
    await sinks.reached('output', 1);
    first.kill('SIGSTOP');
    const [before, second] = [await processedBy(sinks), launch(environment)];
    expect(before).toBeLessThan(RECORDS - 1_000);
    await second.ready();
    await sinks.settled();
    first.kill('SIGCONT');
    const url = await first.ready();
    await produce(settings, workload.messages.slice(RECORDS - 1_000));
    await sinks.settled();

    expect(await verdictOn(sinks, settings, workload)).toBeNull();
    await until(
      async () => (await assignedTo(url)) > 0,
      30_000,
      () => 'the frozen instance got no partition again',
    );
  });
});

function launch(environment: Record<string, string>): Instance {
  const instance = Instance.launch(environment);
  cleanUps.push(() => instance.stop());
  return instance;
}

async function processedBy(sinks: Sinks): Promise<number> {
  return (await sinks.positions()).reduce((sum, { output }) => sum + (output ?? 0), 0);
}

async function assignedTo(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/pipeline`);
  const { engines } = (await answer.json()) as { engines: { consumer: { assigned: number[] } } };
  return engines.consumer.assigned.length;
}
