import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadSettings } from '../../src/config.js';
import { testEnvironment } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { Stream } from './stream.js';

const folder = mkdtempSync(join(tmpdir(), 'docstream-transaction-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('an instance that is killed in a transaction of the store', () => {
  it('leaves nothing open that the next one would have to wait for', async () => {
    const order = join(folder, 'stay');
    const hook = pathToFileURL(resolve('test/fault/transaction-fault.mjs')).href;
    const environment = testEnvironment({ DOCSTREAM_SESSION_TIMEOUT_MS: '6000' });
    const first = launch({
      ...environment,
      NODE_OPTIONS: `--import ${hook}`,
      DOCSTREAM_TEST_TRANSACTION_ORDER: order,
    });
    const url = await first.ready();
    const stream = new Stream([url], { linesABody: 50 });
    cleanUps.push(() => stream.abandon());
    stream.start(1);
    await stream.advances(5);

    writeFileSync(order, '');
    await until(
      () => first.output.includes('stays in a transaction'),
      60_000,
      () => `no transaction was begun:\n${first.output}`,
    );
    await first.stop();
    const next = launch({ ...environment, PORT: new URL(url).port });
    await next.ready();
    await stream.advances(5);
    await stream.stop();

    const sinks = await Sinks.open(loadSettings(environment));
    cleanUps.push(() => sinks.close());
    await sinks.settled();
    expect(next.output).not.toMatch(/WriteConflict/);
    const oracle = new Oracle().addAll(stream.lines);
    expect(differenceInInvoices(oracle, await sinks.invoices())).toBeNull();
    expect(differenceInOutput(oracle, await sinks.output())).toBeNull();
  });
});

function launch(environment: Record<string, string>): Instance {
  const instance = Instance.launch(environment);
  cleanUps.push(() => instance.stop());
  return instance;
}
