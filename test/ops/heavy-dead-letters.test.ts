import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose, { type Connection } from 'mongoose';
import request from 'supertest';
import type { DeadLetterView } from '../../src/ops/dead-letters.controller.js';
import { DeadLetterRecord, DeadLetterSchema } from '../../src/store/dead-letter.schema.js';
import { ReplayJobLetters } from '../../src/store/replay-job-letters.js';
import { ReplayJob, ReplayJobSchema } from '../../src/store/replay-job.schema.js';
import { ANY_DEAD_LETTER } from '../../src/store/index.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { startOwnStore } from '../helpers/own-store.js';

const MB = 1_000_000;
const LETTERS = 12;
/** The most that a dead letter has. */
const LETTER_BYTES = 3.4 * MB;

/** Counts what the store says. */
class CountingRelay {
  bytes = 0;
  private constructor(private readonly server: Server) {}

  static async open(port: number): Promise<CountingRelay> {
    const server = createServer((client) => {
      const store = connect(port, '127.0.0.1');
      store.on('data', ({ length }) => (relay.bytes += length));
      for (const socket of [client, store]) socket.on('error', () => undefined);
      client.pipe(store).pipe(client);
    });
    const relay = new CountingRelay(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return relay;
  }

  get uri(): string {
    const address = this.server.address();
    return `mongodb://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/?directConnection=true`;
  }

  close(): void {
    this.server.close();
  }
}

let relay: CountingRelay;
let app: TestApp;
let connection: Connection;

const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

beforeAll(async () => {
  const store = await startOwnStore();
  cleanUps.push(() => store.stop());
  relay = await CountingRelay.open(store.port);
  cleanUps.push(() => relay.close());
  app = await startTestApp({ DOCSTREAM_PARTITIONS: '1', MONGODB_URI: relay.uri });
  cleanUps.push(() => app.close());
  connection = await mongoose.createConnection(store.uri, { dbName: app.settings.store.database }).asPromise();
  cleanUps.push(() => connection.close());
  const { ingestionTopic: topic } = app.settings.kafka;
  // Some at the same moment; every second one is all headers.
  for (let offset = 0; offset < LETTERS; offset++) {
    const isHeaders = offset % 2 === 1;
    await connection.collection<DeadLetterRecord>('deadLetters').insertOne({
      ...{
        _id: `${topic}:0:${offset}`,
        reason: 'not-json',
        message: 'is no JSON',
        errors: [],
        topic,
        partition: 0,
        offset,
      },
      at: new Date(Date.now() - 60_000 * Math.floor(offset / 4)),
      key: null,
      value: isHeaders ? null : Buffer.alloc(LETTER_BYTES, '{'),
      headers: isHeaders ? [{ key: 'note', value: Buffer.alloc(LETTER_BYTES, 'n') }] : [],
      history: [],
      state: 'open',
    });
  }
});

describe('dead letters of megabytes', () => {
  it('are listed a few at a time, and following `next` gives every one once', async () => {
    const seen: DeadLetterView[] = [];
    const pages: number[] = [];
    const before = relay.bytes;
    let next: string | null = null;
    do {
      const cursor: string = next === null ? '' : `&cursor=${next}`;
      const { body } = await request(app.url).get(`/api/dead-letters?limit=200${cursor}`).expect(200);
      const page = body as { items: DeadLetterView[]; next: string | null };
      seen.push(...page.items);
      pages.push(page.items.length);
      next = page.next;
    } while (next !== null);

    expect(pages).toEqual([5, 5, 2]);
    expect(relay.bytes - before).toBeLessThan(1.5 * LETTERS * LETTER_BYTES);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(LETTERS);
    expect(seen).toHaveLength(LETTERS);
    expect(seen.map(({ at }) => at)).toEqual(
      seen
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
  });

  it('are on their page without their bytes, which the store is not asked for', async () => {
    const before = relay.bytes;

    const { text } = await request(app.url).get('/dashboard/dead-letters?limit=200').expect(200);

    expect(text.match(/name="ids"/g)).toHaveLength(LETTERS);
    expect(text).not.toContain('rel="next"');
    expect(relay.bytes - before).toBeLessThan(MB);
  });

  it('are replayed a few at a time, those that are all headers as well', async () => {
    const letters = new ReplayJobLetters(
      connection,
      connection.model<DeadLetterRecord>(DeadLetterRecord.name, DeadLetterSchema as mongoose.Schema),
      connection.model<ReplayJob>(ReplayJob.name, ReplayJobSchema as mongoose.Schema),
    );
    await letters.mark('job', ANY_DEAD_LETTER, () => Promise.resolve(true));

    const page = await letters.next('job', { lettersMax: 500, bytesMax: 4 * MB });
    await letters.unmark('job');

    expect(page).toHaveLength(2);
  });
});
