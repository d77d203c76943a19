import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';
import { line } from '../ops/lines.js';

const KEY = 'a-key-for-the-examples';
let app: TestApp;
let folder: string;
let impatient: Server;
/** The posts that came, and were answered with 503 for the first time. */
const posts: { path: string; key: string; status: number }[] = [];

beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_API_KEYS: `read+ingest:${KEY}` });
  folder = mkdtempSync(join(tmpdir(), 'examples-'));
  impatient = createServer((request, response) => {
    void forward(request).then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((done) => impatient.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  await new Promise((done) => impatient.close(done));
  await app.close();
  rmSync(folder, { recursive: true });
});

/** Passes every call on. The answer of a post's first attempt is lost: its sender gets 503 and does not know. */
async function forward(request: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '' } = request;
  const given = request.headers as Record<string, string>;
  const names = ['authorization', 'content-type', 'idempotency-key'].filter((name) => given[name] !== undefined);
  const headers = Object.fromEntries(names.map((name) => [name, given[name] ?? '']));
  const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {};
  const answer = await fetch(app.url + url, { method, headers, ...body });
  const answered = Buffer.from(await answer.arrayBuffer());
  if (method === 'POST') {
    const [path, key] = [url, given['idempotency-key'] ?? ''];
    const isFirst = !posts.some((post) => post.path === path && post.key === key);
    posts.push({ path, key, status: answer.status });
    if (isFirst) return { status: 503, headers: { 'retry-after': '1' }, body: '' };
  }
  const location = answer.headers.get('location');
  return {
    status: answer.status,
    headers: { 'content-type': answer.headers.get('content-type') ?? '', ...(location === null ? {} : { location }) },
    body: answered,
  };
}

/** Runs a client on a file of two lines, one of which is refused. Resolves with what it prints. */
async function run(command: string, script: string, name: string): Promise<string> {
  const file = join(folder, `${name}.ndjson`);
  const lines = [line(name, { StockCode: 'A1' }), line(name, { Quantity: 0 })];
  writeFileSync(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const address = `http://127.0.0.1:${(impatient.address() as AddressInfo).port}`;
  const env = { ...process.env, NODE_OPTIONS: '', API_URL: address, API_KEY: KEY };
  const { stdout } = await promisify(execFile)(command, [script, file], { env, timeout: 300_000 });
  return stdout;
}

/** What Node.js 22.18 and newer do by themselves. */
function withoutTypes(script: string): string {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(readFileSync(script, 'utf8'), { compilerOptions: options });
  const file = join(folder, 'client.mjs');
  writeFileSync(file, outputText);
  return file;
}

describe('the example clients', () => {
  it.each([
    ['bash', () => 'examples/client.sh', '580001', '690001'],
    ['python3', () => 'examples/client.py', '580002', '690002'],
    [process.execPath, () => withoutTypes('examples/client.ts'), '580003', '690003'],
  ])(
    '%s posts a line and a file, again when the answer is lost, follows the receipt and looks up the invoice',
    async (command, script, ownInvoice, invoiceOfFile) => {
      posts.length = 0;
      const said = await run(command, script(), invoiceOfFile);
      expect(posts.map(({ path, status }) => `${path} ${status}`)).toEqual([
        '/invoiceitem 200',
        '/invoiceitem 200',
        '/invoiceitems 207',
        '/invoiceitems 207',
      ]);
      expect(said).toMatch(/\/api\/events\/\S+/);
      expect(said).toMatch(/duplicate|stored/);
      expect(said).toContain('must not be 0');
      expect(said).toMatch(new RegExp(`4\\. [^]*${ownInvoice}[^]*15\\.30`));
      await app.settled();
      for (const _id of [ownInvoice, invoiceOfFile]) {
        const invoice = await app.sinks.collection('invoices').findOne({ _id: _id as never });
        expect([_id, invoice?.['lineCount']]).toEqual([_id, 1]);
      }
    },
  );

  it('are what docs/clients.md shows', () => {
    const page = readFileSync('docs/clients.md', 'utf8');
    const all = ['client.sh', 'client.py', 'client.ts']
      .map((name) => readFileSync(`examples/${name}`, 'utf8'))
      .join('');
    const shown = [...page.matchAll(/^```(?:sh|python|ts)\n([^]*?)^```$/gm)].map(([, code = '']) => code);
    expect(shown.length).toBeGreaterThan(5);
    for (const code of shown) expect(all).toContain(code);
  });

  it('of which one sums up spark-output by the hour, each stored line once', async () => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      KAFKA_BROKERS: app.environment['KAFKA_BROKERS'] ?? '',
      DOCSTREAM_OUTPUT_TOPIC: app.settings.kafka.outputTopic,
    };
    const reader = spawn(process.execPath, ['examples/revenue-by-hour.mjs'], { env });
    let said = '';
    reader.stdout.on('data', (text: Buffer) => (said += text.toString()));
    try {
      // The clients before have stored six lines of the same hour.
      const stored = await app.sinks.collection('invoices').find({}).toArray();
      const sum = stored.reduce((total, invoice) => total + Number(String(invoice['total'])), 0);
      const wanted = `08:00 ${sum.toFixed(2)}\n`;
      await until(
        () => said.endsWith(wanted),
        60_000,
        () => `${said} does not end with ${wanted}`,
      );
    } finally {
      reader.kill('SIGKILL');
    }
  });
});
