import { afterEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { loadSettings } from '../../src/config.js';
import { Instance } from '../helpers/instance.js';
import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { commanded } from './commanded.js';
import { Stream } from './stream.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('the thread that processes', () => {
  it('keeps docstream from starting when it cannot start', async () => {
    const { order, environment } = thread();
    order('throw');
    const { code, output } = await launch(environment).ending(90_000);
    expect(code).toBe(1);
    expect(output).toContain("docstream can't start");
    expect(output).toContain('the thread was told to throw');
  });

  it('lets the main one go first, is as visible from outside, takes the process with it when it dies, and the next one finds everything', async () => {
    const { order, environment } = thread();
    const { instance, url, stream } = await loaded(environment);
    await stream.advances(10);
    const [main, ...others] = priorities(instance.pid);
    expect(others.filter((priority) => priority > Number(main))).toEqual([Number(main) + 10]);
    const consumer = { state: 'running', message: null, assigned: [0, 1, 2], waiting: [], stopped: [] };
    let pipeline = '';
    await until(
      async () => {
        pipeline = await (await fetch(`${url}/api/pipeline`)).text();
        return pipeline.includes(`"consumer":${JSON.stringify(consumer)}`);
      },
      20_000,
      () => `the consumer does not run: ${pipeline}`,
    );
    await until(
      async () => (await metric(url, 'docstream_records_stored_total')) > 0,
      60_000,
      () => 'no metric counts what the thread has stored',
    );
    expect(await metric(url, 'docstream_consumer_state{state="running"}')).toBe(1);
    expect(await metric(url, 'docstream_consumer_assigned_partitions')).toBe(3);

    order('throw');
    const { code, output } = await instance.ending(60_000);
    expect(code).toBe(1);
    expect(output).toContain('the thread was told to throw');
    await takeUp(environment, new URL(url).port, stream);
  });

  it('does not look healthy when it hangs, while posts are taken and another one processes, nor keeps its process from ending', async () => {
    const { order, environment } = thread();
    const { instance, url, stream } = await loaded({
      ...environment,
      DOCSTREAM_SESSION_TIMEOUT_MS: '6000',
      DOCSTREAM_SHUTDOWN_TIMEOUT_MS: '2000',
    });
    await stream.advances(10);
    order('hang');
    await until(
      async () => {
        const answer = await fetch(`${url}/health/ready`);
        return answer.status === 503 && (await answer.text()).includes('has not moved');
      },
      120_000,
      () => 'readiness does not tell of the thread',
    );
    await stream.advances(10);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await takeUp(environment, '0', stream);

    instance.kill('SIGTERM');
    expect(await instance.ending()).toMatchObject({ code: 0, signal: null });
  });
});

/** What makes the thread do as it is told. */
function thread() {
  const { forget, ...told } = commanded('thread-fault.mjs');
  cleanUps.push(forget);
  return told;
}

async function loaded(environment: Record<string, string>) {
  const instance = launch(environment);
  const url = await instance.ready();
  const stream = new Stream([url], { linesABody: 50, pauseMs: 200 });
  cleanUps.push(() => stream.abandon());
  stream.start(1);
  return { instance, url, stream };
}

function launch(environment: Record<string, string>): Instance {
  const instance = Instance.launch(environment);
  cleanUps.push(() => instance.stop());
  return instance;
}

/** The nice values of its threads, the main one first. */
function priorities(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`).sort((a, b) => Number(a) - Number(b));
  return tasks.map((task) => {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[17]);
  });
}

/** Another one, whose thread does as it should, stores every line of the stream once. */
async function takeUp(environment: Record<string, string>, port: string, stream: Stream): Promise<void> {
  await launch({ ...environment, NODE_OPTIONS: '', PORT: port }).ready();
  await stream.stop();
  const sinks = await Sinks.open(loadSettings(environment));
  cleanUps.push(() => sinks.close());
  await sinks.settled();
  const oracle = new Oracle().addAll(stream.lines);
  expect(differenceInInvoices(oracle, await sinks.invoices())).toBeNull();
  expect(differenceInOutput(oracle, await sinks.output())).toBeNull();
}

/** Of one series of `/metrics`; NaN when there is none. */
async function metric(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.split(' ')[1] ?? NaN);
}
