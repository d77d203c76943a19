import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processFacts } from '../../src/engines/process-table.js';
import { testEnvironment } from '../helpers/app.js';
import { type Ending, Instance } from '../helpers/instance.js';
import { until } from '../helpers/oracle-sinks.js';

const folder = mkdtempSync(join(tmpdir(), 'docstream-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a start that cannot succeed', () => {
  it('says that the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    cleanUps.push(() => server.close());
    const { port } = server.address() as { port: number };

    expectOneLine(await startAndEnd({ ...testEnvironment(), PORT: String(port) }), /port is in use.*PORT/);
  });

  it('says that the data folder cannot be written', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');

    const ending = await startAndEnd({ PORT: '0', DOCSTREAM_DATA_DIR: file });

    expectOneLine(ending, /a-file/);
  });

  it('names the missing program and the command that installs it', async () => {
    const bare = mkdtempSync(join(folder, 'path-'));
    const environment = { PORT: '0', PATH: bare, DOCSTREAM_DATA_DIR: join(folder, 'without-java') };

    const ending = await startAndEnd(environment);

    expectOneLine(ending, /Java.*apt-get install.*brew install.*docker compose up/);
    expect(existsSync(join(environment.DOCSTREAM_DATA_DIR, 'engines.json'))).toBe(false);
  });

  it('says that Kafka does not answer', async () => {
    expectOneLine(await startAndEnd({ ...unreachable(), KAFKA_BROKERS: '127.0.0.1:1' }), /KAFKA_BROKERS/);
  });

  it('says that the store does not answer', async () => {
    const environment = { ...unreachable(), MONGODB_URI: 'mongodb://127.0.0.1:1/?directConnection=true' };

    expectOneLine(await startAndEnd(environment), /MONGODB_URI/);
  });

  it.each([
    ['a setting that does not exist', { DOCSTREAM_PARTITION: 'secret' }, /DOCSTREAM_PARTITION/],
    ['a value that is not allowed', { DOCSTREAM_PARTITIONS: 'secret' }, /DOCSTREAM_PARTITIONS must be/],
    ['an address that others reach without a key', { HOST: '0.0.0.0' }, /DOCSTREAM_API_KEYS must be set/],
    ['a malformed address of the store', { MONGODB_URI: 'secret' }, /MONGODB_URI must/],
    ['a port of the store that is none', { MONGODB_URI: 'mongodb://u:secret@127.0.0.1:99999/' }, /MONGODB_URI must/],
    ['an option that the driver has not', { MONGODB_URI: 'mongodb://127.0.0.1/?secret=1' }, /MONGODB_URI must/],
  ])('names %s and not its content', async (_, env, pattern) => {
    const ending = await startAndEnd({ ...testEnvironment(), ...(env as Record<string, string>) });

    expectOneLine(ending, pattern);
    expect(ending.output).not.toContain('secret');
  });
});

describe('npm start with arguments', () => {
  it('explains itself, and refuses what it does not take', () => {
    const start = (argument: string) =>
      spawnSync(process.execPath, ['scripts/start.mjs', argument], { encoding: 'utf8', timeout: 300_000 });

    expect(start('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('README.md'), stderr: '' });
    expect(start('--port=3001')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^npm start takes no .+\n$/),
    });
  });
});

describe('a start with engines of its own', () => {
  it('stops them on Ctrl-C with exit code 0, and the next start finds the data', async () => {
    const environment = { PORT: '0', DOCSTREAM_DATA_DIR: join(folder, 'data') };
    const first = launch(environment);
    const url = await first.ready();
    const engines = enginesOf(environment.DOCSTREAM_DATA_DIR);
    await post(url);
    await visible(url);
    first.kill('SIGINT');
    first.kill('SIGINT');
    const ending = await first.ending();
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(engines.map(isAlive)).toEqual([false, false]);
    expect(existsSync(join(environment.DOCSTREAM_DATA_DIR, 'engines.json'))).toBe(false);

    const second = launch(environment);
    await visible(await second.ready());
    second.kill('SIGTERM');
    expect(await second.ending()).toMatchObject({ code: 0, signal: null });
  });
});

function launch(environment: Record<string, string>): Instance {
  const instance = Instance.launch(environment);
  cleanUps.push(() => instance.stop());
  return instance;
}

async function startAndEnd(environment: Record<string, string>): Promise<Ending> {
  return launch(environment).ending(60_000);
}

/** Engines that are not there are not waited for, which test/fault/late-engines does. */
function unreachable(): Record<string, string> {
  return testEnvironment({ DOCSTREAM_START_TIMEOUT_MS: '0' });
}

/** One clear line for the user, exit code 1, no stack trace. */
function expectOneLine({ code, output }: Ending, pattern: RegExp): void {
  expect(code).toBe(1);
  const lines = output.split('\n').filter((line) => line.includes("can't start"));
  expect(lines).toEqual([expect.stringMatching(pattern)]);
  expect(output).not.toMatch(/^\s+at /m);
}

function enginesOf(dataDir: string): number[] {
  const { kafka, store } = JSON.parse(readFileSync(join(dataDir, 'engines.json'), 'utf8')) as Record<
    'kafka' | 'store',
    { pid: number }
  >;
  const pids = [kafka.pid, store.pid];
  cleanUps.push(() => {
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  return pids;
}

/** A process that has ended but was not waited for by its parent, a zombie, is not alive. */
function isAlive(pid: number): boolean {
  return processFacts(pid) !== undefined;
}

async function post(url: string): Promise<void> {
  const body = JSON.stringify({
    InvoiceNo: '536365',
    StockCode: '85123A',
    Quantity: 6,
    InvoiceDate: '12/1/2010 8:26',
    UnitPrice: 2.55,
    Country: 'United Kingdom',
  });
  const answer = await fetch(`${url}/invoiceitem`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
    body,
  });
  expect(answer.status).toBe(200);
}

function visible(url: string): Promise<void> {
  return until(
    async () => {
      const answer = await fetch(`${url}/api/invoices/536365`);
      return answer.ok && ((await answer.json()) as { total: string }).total === '15.30';
    },
    30_000,
    () => 'the invoice is not there',
  );
}
