import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { freshFolder, processesOn, removeFolders } from '../engines/set-up.js';
import { Instance } from '../helpers/instance.js';
import { until } from '../helpers/oracle-sinks.js';

const MEGABYTES = 256;
const LINES = 50;
const POSTS_MAX = 2_000;

let app: Instance | null = null;
const folder = freshFolder();
afterEach(async () => {
  await app?.stop();
  removeFolders();
});

describe('a full disk', () => {
  it('stops the engines, loses nothing that was accepted, and is forgotten once there is room', async () => {
    app = Instance.launchOnDisk({ folder, megabytes: MEGABYTES }, { PORT: '0', DOCSTREAM_DATA_DIR: folder });
    const url = await app.ready();
    const disk = join('/proc', String(app.pid), 'root', folder);
    const { store } = JSON.parse(readFileSync(join(disk, 'engines.json'), 'utf8')) as { store: { uri: string } };
    for (let invoice = 1; invoice <= 3; invoice++) expect(await post(url, invoice)).toBe(200);

    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(freeBytes(disk) - 4 * 1024 * 1024));
    let invoices = 3;
    while ((await post(url, ++invoices)) === 200) expect(invoices).toBeLessThan(POSTS_MAX);
    expect(invoices).toBeGreaterThan(4);
    await fillStore(store.uri);
    await says('Kafka has ended. Starting it again.');
    await says('Kafka does not start (ENOSPC');
    expect(await statusOf(`${url}/health/ready`)).toBe(503);
    expect(await statusOf(`${url}/health/live`)).toBe(200);

    rmSync(filler);
    await until(
      async () => (await statusOf(`${url}/health/ready`)) === 200,
      120_000,
      () => `it does not get ready again:\n${app?.output}`,
    );
    // The client that was refused sends again, with the same event ids.
    expect(await post(url, invoices)).toBe(200);
    for (let invoice = 1; invoice <= invoices; invoice++) await isWhole(url, invoice);
    const verdict = await Instance.command(['verify'], { DOCSTREAM_DATA_DIR: disk });
    expect(verdict.output).toContain(`no difference: ${(invoices * LINES).toLocaleString('en-GB')} lines`);

    app.kill('SIGTERM');
    expect(await app.ending()).toMatchObject({ code: 0, signal: null });
    expect(processesOn(folder)).toEqual([]);
  });
});

const numberOf = (invoice: number) => String(600_000 + invoice);

/** The status of the answer to a whole invoice; 503 is what a client is told to send again after. */
async function post(url: string, invoice: number): Promise<number> {
  const lines = Array.from({ length: LINES }, (_, line) => ({
    InvoiceNo: numberOf(invoice),
    StockCode: `P${line}`,
    Description: 'x'.repeat(250),
    Quantity: 1,
    InvoiceDate: '2010-12-01 08:26:00',
    UnitPrice: 2,
    Country: 'United Kingdom',
    EventId: `${invoice}:${line}`,
  }));
  const answer = await fetch(`${url}/invoiceitems`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  });
  await answer.arrayBuffer();
  expect([200, 503]).toContain(answer.status);
  return answer.status;
}

async function isWhole(url: string, invoice: number): Promise<void> {
  await until(
    async () => {
      const answer = await fetch(`${url}/api/invoices/${numberOf(invoice)}`);
      return answer.ok && ((await answer.json()) as { total: string }).total === `${2 * LINES}.00`;
    },
    60_000,
    () => `invoice ${numberOf(invoice)} is not whole`,
  );
}

/** Another client of the store writes until that takes nothing more. */
async function fillStore(uri: string): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri, { serverSelectionTimeoutMS: 2_000, retryWrites: false });
  const things = client.db('other').collection('things');
  try {
    await expect(
      (async () => {
        for (let n = 0; n < 10_000; n++) await things.insertOne({ text: 'x'.repeat(100_000) });
      })(),
    ).rejects.toThrow();
  } finally {
    await client.close();
  }
}

function says(text: string): Promise<void> {
  return until(
    () => app?.output.includes(text) === true,
    60_000,
    () => `it does not say "${text}":\n${app?.output}`,
  );
}

/** null: no answer came in time. */
async function statusOf(url: string): Promise<number | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}

function freeBytes(disk: string): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}
