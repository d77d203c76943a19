import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { plainKafka } from '../helpers/oracle-sinks.js';
import { Stream } from './stream.js';
import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';

const SESSION_MS = 6_000;
// Kafka takes no records of more than an hour ahead.
const STEP_MS = 1_800_000;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe.each([
  ['back', -STEP_MS],
  ['forward', STEP_MS],
])('a clock that is set %s by half an hour', (_, errorMs) => {
  it('changes nothing: the member stays in its group, and every line is stored once', async () => {
    const app = await startTestApp({ DOCSTREAM_SESSION_TIMEOUT_MS: String(SESSION_MS) });
    cleanUps.push(() => app.close());
    const stream = new Stream([app.url], { pauseMs: 200 });
    cleanUps.push(() => stream.abandon());
    stream.start(1);
    await stream.advances(3);
    const [memberId] = await membersOf(app);
    expect(memberId).toBeDefined();

    const realNow = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => realNow() + errorMs);
    // A member that is silent for a session is put out of the group.
    await pause(1.5 * SESSION_MS);
    await stream.advances(3);
    await stream.stop();
    await app.settled();

    expect(await membersOf(app)).toEqual([memberId]);
    const oracle = new Oracle().addAll(stream.lines);
    expect(differenceInInvoices(oracle, await app.sinks.invoices())).toBeNull();
    expect(differenceInOutput(oracle, await app.sinks.output())).toBeNull();
  });
});

it('a clock that is hours ahead has posts answered with 503 until it is right again, since Kafka takes no such times', async () => {
  const app = await startTestApp({ DOCSTREAM_PARTITIONS: '1' });
  cleanUps.push(() => app.close());
  const sale = { StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75, Country: 'France' };
  const post = () =>
    fetch(`${app.url}/invoiceitem`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'till-1:7' },
      body: JSON.stringify({ ...sale, InvoiceNo: '536365' }),
    });
  const realNow = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + 2 * 3_600_000);
  const refused = await post();
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

  jest.restoreAllMocks();
  expect((await post()).status).toBe(200);
  await app.settled();
  expect(await app.sinks.invoices()).toMatchObject([{ invoiceNo: '536365', lines: [{ eventId: 'till-1:7' }] }]);
});

/** As the broker sees it, asked with a client of its own. */
async function membersOf({ settings }: TestApp): Promise<string[]> {
  const admin = plainKafka(settings).admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([settings.kafka.groupId]);
    return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
  } finally {
    await admin.disconnect();
  }
}
