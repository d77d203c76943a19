import { describe, expect, it } from '@jest/globals';
import { BulkIntake } from '../../src/ingest/bulk-intake.js';
import { readBody } from '../../src/ingest/bulk-reading.js';
import { NdjsonReader } from '../../src/ingest/readers/ndjson-reader.js';
import type { Appender } from '../../src/buffer/index.js';
import { FakeAppender } from './fake-appender.js';
import { GOOD_ITEM } from './ingest-app.js';

/** Blanks make the line long without more work for the rules. */
const LINE = Buffer.from(`{${' '.repeat(1_000)}${JSON.stringify(GOOD_ITEM).slice(1)}\n`);
const CHUNK = Buffer.concat(Array.from({ length: Math.floor(65_536 / LINE.length) }, () => LINE));

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
});
