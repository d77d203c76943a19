import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BulkIntake } from '../../src/ingest/bulk-intake.js';
import { readBody } from '../../src/ingest/bulk-reading.js';
import { NdjsonReader } from '../../src/ingest/readers/ndjson-reader.js';
import type { Appender } from '../../src/buffer/index.js';
import { FakeAppender } from './fake-appender.js';
import { GOOD_ITEM, type IngestApp, startIngest } from './ingest-app.js';

/** Blanks make the line long without more work for the rules. */
const LINE = Buffer.from(`{${' '.repeat(1_000)}${JSON.stringify(GOOD_ITEM).slice(1)}\n`);
const CHUNK = Buffer.concat(Array.from({ length: Math.floor(65_536 / LINE.length) }, () => LINE));
// What is held is the question, not when V8 gets round to what is not, which in a large test process is late.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const MIB = 1_024 * 1_024;

describe('a slow buffer', () => {
  it('slows the reading of the body: at most one batch and one chunk are read ahead', async () => {
    const appender = new FakeAppender();
    let open: () => void = () => undefined;
    appender.room = new Promise((resolve) => (open = resolve));
    let readBytes = 0;
    async function* body() {
      for (let index = 0; index < 200; index += 1) {
        readBytes += CHUNK.length;
        yield await Promise.resolve(CHUNK);
      }
    }
    const intake = new BulkIntake(appender as unknown as Appender, {
      eventPrefix: 'k',
      requestId: 'r',
      receivedAtMs: 0,
      options: { dateOrder: 'mdy' },
    });
    const reader = new NdjsonReader(intake, 65_536);
    const done = readBody(body(), reader, intake);
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(readBytes).toBeLessThanOrEqual(500 * LINE.length + 3 * CHUNK.length);
    appender.room = null;
    open();
    await done;
    await intake.settle();
    expect(intake.tally.accepted).toBe((200 * CHUNK.length) / LINE.length);
  });

  describe('over HTTP', () => {
    let ingest: IngestApp;
    beforeAll(async () => {
      ingest = await startIngest();
      ingest.appender.keeps = false;
      await ingest.app.listen(0, '127.0.0.1');
    });
    afterAll(() => ingest.close());

    const post = async (chunks: number): Promise<{ status: number; accepted: number; rssMax: number }> => {
      const url = new URL('/invoiceitems', await ingest.app.getUrl());
      const client = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } });
      const answered = once(client, 'response');
      let rssMax = 0;
      for (let index = 0; index < chunks; index += 1) {
        if (index % 100 === 0) {
          collectGarbage();
          rssMax = Math.max(rssMax, process.memoryUsage().rss);
        }
        if (!client.write(CHUNK)) await once(client, 'drain');
      }
      client.end();
      const [response] = (await answered) as [IncomingMessage];
      let text = '';
      for await (const part of response) text += String(part);
      const { accepted } = JSON.parse(text) as { accepted: number };
      return { status: response.statusCode ?? 0, accepted, rssMax };
    };

    it('takes 200 MB in constant memory', async () => {
      await post(Math.ceil((20 * MIB) / CHUNK.length));
      collectGarbage();
      const before = process.memoryUsage().rss;
      const chunks = Math.ceil((200 * MIB) / CHUNK.length);
      const { status, accepted, rssMax } = await post(chunks);
      expect(status).toBe(200);
      expect(accepted).toBe((chunks * CHUNK.length) / LINE.length);
      expect(rssMax - before).toBeLessThan(80 * MIB);
    });
  });
});
