import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { COMMANDS } from '../../src/cli/commands.js';
import { runProgram } from '../../src/cli/program.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';
import { produceRaw } from '../ops/garbage.js';
import { line } from '../ops/lines.js';

const PLAIN = 'a-key-that-stands-there-itself';
const environment = { ...process.env };

let folder: string;
let file: string;
let app: TestApp;

/** What a command prints, and how it ends. */
async function run(...args: string[]): Promise<{ exitCode: number; out: string; said: string }> {
  const printed = { out: '', said: '' };
  const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed.out += String(text))));
  const said = jest
    .spyOn(process.stderr, 'write')
    .mockImplementation((text) => Boolean((printed.said += String(text))));
  try {
    return { exitCode: await runProgram(args, COMMANDS), ...printed };
  } finally {
    out.mockRestore();
    said.mockRestore();
  }
}
async function create(...options: string[]): Promise<{ key: string; line: string }> {
  const { exitCode, out } = await run('keys', 'create', '--json', ...options);
  expect(exitCode).toBe(0);
  return JSON.parse(out) as { key: string; line: string };
}
const read = async (key: string) => (await request(app.url).get('/api/pipeline').set('X-API-Key', key)).status;
const post = async (key: string) =>
  (await request(app.url).post('/invoiceitem').set('Authorization', `Bearer ${key}`).send(line('730001'))).status;

describe('API keys in a file', () => {
  let till: { key: string; line: string };
  let analyst: { key: string; line: string };
  let mender: { key: string; line: string };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'keys');
    till = await create('--scopes', 'ingest', '--name', 'till-7');
    analyst = await create('--scopes', 'read');
    mender = await create('--scopes', 'operate', '--name', 'mender');
    writeFileSync(file, `# who may come in\n${till.line}\n${analyst.line}, operate:${PLAIN}\n${mender.line}\n`);
    app = await startTestApp({ DOCSTREAM_API_KEYS_FILE: file });
    Object.assign(process.env, { DOCSTREAM_API_KEYS_FILE: file, DOCSTREAM_DATA_DIR: folder });
  });
  afterAll(async () => {
    process.env = environment;
    await app.close();
    rmSync(folder, { recursive: true });
  });

  it('are made random, and let in by their hash alone', async () => {
    expect(till.key).toMatch(/^docstream_[\w-]{43}$/);
    expect(till.line).toMatch(/^ingest:sha256:[0-9a-f]{64} # till-7$/);
    expect(await post(till.key)).toBe(200);
    expect(await read(analyst.key)).toBe(200);
    expect(await read(PLAIN)).toBe(200);
    expect(await read(till.key)).toBe(403);
    for (const { line: text } of [till, analyst]) expect(await post(text.slice(text.indexOf('sha256')))).toBe(401);
    expect((await run('keys', 'create', '--scopes', 'everything')).said).toMatch(
      /^docstream: --scopes must be[^\n]*\n$/,
    );
  });

  it('are listed without what would let anybody in', async () => {
    const { out } = await run('keys', 'list');
    expect(out).toMatch(
      /^ingest +sha256:[0-9a-f]{12}… {2}hashed {2}till-7\nread .*hashed\noperate\+read .*plain\noperate\+read +sha256:[0-9a-f]{12}… {2}hashed {2}mender\n$/,
    );
    expect(out).not.toContain(PLAIN);
  });

  it('are asked for by commands that know only a hash', async () => {
    const items = join(folder, 'items.ndjson');
    writeFileSync(items, `${JSON.stringify(line('730002'))}\n`);
    const refused = await run('load', items, '--url', app.url);
    expect(refused.exitCode).toBe(1);
    expect(refused.said).toMatch(
      /^docstream: only the hash of a key that may ingest [^\n]*--api-key-file FILE[^\n]*\n$/,
    );
    writeFileSync(join(folder, 'till'), `${till.key}\n`);
    expect((await run('load', items, '--url', app.url, '--api-key-file', join(folder, 'till'))).exitCode).toBe(0);
  });

  it('stand by their names, and by nothing else, in the history of the dead letters that they touch', async () => {
    await produceRaw(
      app.settings,
      Array.from({ length: 5 }, (_, n) => ({ key: 'k', value: `no JSON ${n}` })),
    );
    await app.settled();
    const as = (key: string) => ({ 'X-API-Key': key });
    const { items } = (await request(app.url).get('/api/dead-letters').set(as(mender.key)).expect(200)).body as {
      items: { id: string }[];
    };
    const [one = '', two = '', three = '', four = '', five = ''] = items.map(({ id }) => id);
    const form = (path: string, fields: object, headers: object = as(analyst.key)) =>
      request(app.url)
        .post(path)
        .type('form')
        .set({ origin: app.url, accept: 'text/html', ...headers })
        .send(fields);
    const page = (id: string, headers: object) =>
      request(app.url)
        .get(`/dashboard/dead-letters/${id}`)
        .set({ accept: 'text/html', ...headers });

    await request(app.url).delete(`/api/dead-letters/${one}`).set(as(mender.key)).expect(204);
    await request(app.url).delete(`/api/dead-letters/${two}`).set(as(PLAIN)).expect(204);
    const job = request(app.url).post('/api/dead-letters/replay').set(as(mender.key)).send({ ids: two });
    await job.expect(200);
    await form(`/dashboard/dead-letters/${three}/replay`, { as: 'original', apiKey: mender.key }).expect(303);
    const entered = await form('/login', { apiKey: mender.key }).expect(303);
    const cookie = String(entered.headers['set-cookie']).split(';')[0];
    const csrf = /name="csrf" value="([^"]+)"/.exec((await page(four, { cookie })).text)?.[1];
    await form(`/dashboard/dead-letters/${four}/discard`, { csrf }, { cookie }).expect(303);
    // The page to sign in of a second tab was there before the first one's session.
    await form('/login', { apiKey: mender.key }, { cookie }).expect(303);
    // As entries of before were written.
    const act = { at: new Date(), action: 'discarded', by: 'cli' } as const;
    await app.sinks.collection('deadLetters').updateOne({ _id: five } as object, { $set: { history: [act] } });

    const historyOf = async (id: string) =>
      (await request(app.url).get(`/api/dead-letters/${id}`).set(as(mender.key)).expect(200)).body.history as unknown;
    expect(await historyOf(one)).toMatchObject([{ action: 'discarded', by: 'api', key: 'mender' }]);
    expect(await historyOf(two)).toMatchObject([
      { action: 'discarded', by: 'api', key: null },
      { action: 'replayed', by: 'api', key: 'mender' },
    ]);
    expect(await historyOf(three)).toMatchObject([{ action: 'replayed', by: 'dashboard', key: 'mender' }]);
    expect(await historyOf(four)).toMatchObject([{ action: 'discarded', by: 'dashboard', key: 'mender' }]);
    expect(await historyOf(five)).toEqual([{ at: act.at.toISOString(), action: 'discarded', by: 'cli', key: null }]);
    expect((await page(four, as(analyst.key))).text).toContain('through the dashboard, with the key <b>mender</b>');
    expect((await page(two, as(analyst.key))).text).toMatch(/discarded through the API<\/li>/);
    const kept = JSON.stringify(await app.sinks.collection('deadLetters').find().toArray());
    const [digest] = /[0-9a-f]{64}/.exec(mender.line) ?? [];
    for (const secret of [PLAIN, mender.key, digest]) expect(kept).not.toContain(secret);
  });

  it('change while it runs, but never to none or to what is broken', async () => {
    const logged = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const log = () => logged.mock.calls.map(([text]) => String(text)).join('');
    const complained = (times: number) =>
      until(() => log().split('the API keys stay as they were').length > times, 20_000, log);
    writeFileSync(file, '');
    await complained(1);
    writeFileSync(file, `read:sha256:${'ab'.repeat(20)}\n`);
    await complained(2);
    rmSync(file);
    await complained(3);
    expect(await read(analyst.key)).toBe(200);
    const watching = await fetch(`${app.url}/dashboard/pipeline/events`, { headers: { 'X-API-Key': analyst.key } });
    expect(watching.status).toBe(200);
    const successor = await create('--scopes', 'ingest,read');
    writeFileSync(file, successor.line);
    await until(async () => (await read(analyst.key)) === 401, 20_000, log);
    // A stream that the key has opened ends with it: this waits until it does.
    await watching.text();
    logged.mockRestore();
    expect(log()).not.toContain('abab');
    expect(await read(successor.key)).toBe(200);
    expect(await post(successor.key)).toBe(200);
    expect(await post(till.key)).toBe(401);
  });
});
