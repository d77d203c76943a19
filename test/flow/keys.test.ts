import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { COMMANDS } from '../../src/cli/commands.js';
import { runProgram } from '../../src/cli/program.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';
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

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'keys');
    till = await create('--scopes', 'ingest', '--name', 'till-7');
    analyst = await create('--scopes', 'read');
    writeFileSync(file, `# who may come in\n${till.line}\n${analyst.line}, operate:${PLAIN}\n`);
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
    expect(out).toMatch(/^ingest +sha256:[0-9a-f]{12}… {2}hashed {2}till-7\nread .*hashed\noperate\+read .*plain\n$/);
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
    const successor = await create('--scopes', 'ingest,read');
    writeFileSync(file, successor.line);
    await until(async () => (await read(successor.key)) === 200, 20_000, log);
    logged.mockRestore();
    expect(log()).not.toContain('abab');
    expect(await post(successor.key)).toBe(200);
    expect(await read(analyst.key)).toBe(401);
    expect(await post(till.key)).toBe(401);
  });
});
