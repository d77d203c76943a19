import { afterEach, describe, expect, it } from '@jest/globals';
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

describe('an instance that is killed in a transaction of the store', () => {
  it('leaves nothing open that the next one would have to wait for', async () => {
    const { environment, order, forget } = commanded('transaction-fault.mjs', { DOCSTREAM_SESSION_TIMEOUT_MS: '6000' });
    cleanUps.push(forget);
    const first = launch(environment);
    const url = await first.ready();
    const stream = new Stream([url], { linesABody: 50 });
    cleanUps.push(() => stream.abandon());
    stream.start(1);
    await stream.advances(5);

    order('stay');
    await until(
      () => first.output.includes('stays in a transaction'),
      60_000,
      () => `no transaction was begun:\n${first.output}`,
    );
    await first.stop();
    const next = launch({ ...environment, NODE_OPTIONS: '', PORT: new URL(url).port });
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
