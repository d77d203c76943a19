import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.js';
import { CHUNK_RECORDS } from '../../src/cli/load/chunks.js';
import { judge } from '../../src/cli/load/judge.js';
import { runProgram } from '../../src/cli/program.js';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const row = (n: number, quantity: number | string = 1) =>
  `${536_365 + Math.floor(n / 20)},85123A,"LANTERN, ${n}",${quantity},12/1/2010 8:26,2.55,17850,United Kingdom`;

describe('docstream load', () => {
  let folder: string;
  let instance: Instance;
  let said: string[];
  const environment = { ...process.env };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'load-'));
    instance = await Instance.start();
    process.env['DOCSTREAM_DATA_DIR'] = folder;
    process.env['DOCSTREAM_API_KEYS'] = '';
    said = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    process.env = { ...environment };
    await instance.stop();
    rmSync(folder, { recursive: true });
  });

  const load = (file: string, ...options: string[]) =>
    runProgram(['load', file, '--url', instance.url, '--no-wait', ...options], COMMANDS);
  const file = (name: string, rows: string[], header = HEADER) => {
    const path = join(folder, name);
    writeFileSync(path, `${header}\n${rows.join('\n')}\n`);
    return path;
  };
  const rejected = (path: string) =>
    readFileSync(`${path}.rejected.ndjson`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; reason: string; errors: { field: string }[]; raw: string });

  it('sends the whole file in chunks, the same ids each time, and leaves nothing behind', async () => {
    const rows = Array.from({ length: CHUNK_RECORDS * 2 + 3 }, (_, n) => row(n));
    const path = file('good.csv', rows);
    expect(await load(path)).toBe(0);
    // Two requests are in flight at once, and the later one may arrive first.
    instance.requests.sort((a, b) => a.key.localeCompare(b.key));
    const first = instance.requests.map(({ key }) => key);
    expect(first).toEqual([0, 1, 2].map((n) => expect.stringMatching(new RegExp(`^load-[0-9a-f]{16}-${n}$`))));
    const sent = instance.requests.flatMap(({ body }) => body.trimEnd().split('\n').slice(1));
    expect(sent).toEqual(rows);
    expect(instance.requests.every(({ body }) => body.startsWith(HEADER))).toBe(true);
    expect(await load(path)).toBe(0);
    const again = instance.requests.slice(3).map(({ key }) => key);
    expect(again.sort()).toEqual(first);
    expect(existsSync(`${path}.rejected.ndjson`)).toBe(false);
    expect(readdirSync(join(folder, 'loads'))).toEqual([]);
  });

  it('takes blank lines at the end for nothing', async () => {
    const rows = Array.from({ length: CHUNK_RECORDS }, (_, n) => row(n));
    for (const [name, given] of Object.entries({ 'full.csv': [...rows, ''], 'blank.csv': [''] })) {
      expect(await load(file(name, given))).toBe(0);
    }
    writeFileSync(join(folder, 'blank.ndjson'), '\n');
    expect(await load(join(folder, 'blank.ndjson'))).toBe(0);
  });

  it('sends a request again while the instance is busy or drops the connection', async () => {
    instance.script.push('busy', 'drop', 'busy');
    expect(await load(file('busy.csv', [row(1)]))).toBe(0);
    expect(new Set(instance.requests.map(({ key }) => key)).size).toBe(1);
    expect(instance.requests).toHaveLength(4);
  });

  it('goes on where it stopped, and keeps what was rejected before', async () => {
    const rows = Array.from({ length: CHUNK_RECORDS * 3 }, (_, n) => row(n, n % CHUNK_RECORDS === 4 ? 0 : 1));
    const path = file('stopped.csv', rows);
    instance.faultOn = '-2';
    expect(await load(path)).toBe(1);
    expect(said.join('')).toMatch(/HTTP 500/);
    instance.faultOn = null;
    const before = instance.requests.length;
    expect(await load(path)).toBe(2);
    expect(instance.requests.slice(before).map(({ key }) => key.split('-').at(-1))).toEqual(['2']);
    expect(rejected(path).map(({ line }) => line)).toEqual([6, 6 + CHUNK_RECORDS, 6 + 2 * CHUNK_RECORDS]);
    expect(said.join('')).toMatch(/60,000 rows|59,997 accepted, 3 rejected/);
  });

  it('begins anew where the instance has other data than the load that was stopped', async () => {
    const path = file(
      'other.csv',
      Array.from({ length: CHUNK_RECORDS * 3 }, (_, n) => row(n)),
    );
    instance.faultOn = '-2';
    expect(await load(path)).toBe(1);
    instance.faultOn = null;
    instance.installation = 'made anew';
    const before = instance.requests.length;
    expect(await load(path)).toBe(0);
    // Two requests are in flight at once, and the later one may arrive first.
    const sent = instance.requests.slice(before).map(({ key }) => key.split('-').at(-1));
    expect(sent.sort()).toEqual(['0', '1', '2']);
  });

  it('leaves out what is added to the file meanwhile', async () => {
    const path = file('grows.csv', [row(1)]);
    instance.onRequest = () => {
      appendFileSync(path, `${row(2)}\n`);
    };
    expect(await load(path)).toBe(0);
    expect(instance.requests.map(({ body }) => body)).toEqual([`${HEADER}\n${row(1)}\n`]);
  });

  it('sends nothing of a file that has become another one under the ids of the first', async () => {
    const rows = Array.from({ length: CHUNK_RECORDS * 4 }, (_, n) => row(n));
    const path = file('changed.csv', rows);
    instance.onRequest = () => {
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(`LANTERN, ${CHUNK_RECORDS * 3 + 1}"`, `LAMPION, ${CHUNK_RECORDS * 3 + 1}"`),
      );
      instance.onRequest = () => undefined;
    };
    expect(await load(path)).toBe(1);
    expect(instance.requests.map(({ key }) => key.split('-').at(-1)).sort()).toEqual(['0', '1', '2']);
    const line = CHUNK_RECORDS * 3 + 2;
    expect(said.at(-1)).toContain(`was changed while it was loaded: what comes before line ${line} is loaded`);
  });

  it('asks the instance about a file that has nothing but a header', async () => {
    writeFileSync(join(folder, 'head.csv'), HEADER);
    expect(await load(join(folder, 'head.csv'))).toBe(0);
    expect(instance.requests.map(({ body }) => body)).toEqual([HEADER]);
    const times = said.join('').match(/ETA \S*/g);
    expect(new Set(times)).toEqual(new Set(['ETA -']));
    writeFileSync(join(folder, 'one-line.csv'), row(1).replace('85123A', 'Land'));
    expect(await load(join(folder, 'one-line.csv'))).toBe(1);
    expect(said.at(-1)).toMatch(/header row does not fit/);
  });

  it('lets a demo end in time while the instance takes nothing', async () => {
    instance.script.push(...Array.from({ length: 10_000 }, () => 'busy' as const));
    const startedAtMs = performance.now();
    const options = ['--url', instance.url, '--rate', '2000', '--seconds', '1'];
    expect(await runProgram(['demo', ...options], COMMANDS)).toBe(0);
    // The last answers are waited for, for five seconds.
    expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  });

  it('gives up after the time-out, in one line, and can go on', async () => {
    const path = file('gone.csv', [row(1)]);
    instance.script.push(...Array.from({ length: 50 }, () => 'busy' as const));
    expect(await load(path, '--timeout', '0.5')).toBe(1);
    expect(said.at(-1)).toMatch(
      /^docstream: docstream at \S+ can't take more \(HTTP 503\) for 1 s; run the same command again/,
    );
    instance.script.length = 0;
    expect(await load(path)).toBe(0);
  });

  it('writes every rejected line with its number and reasons, also those that the answer does not list', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => row(n, n % 2 === 0 ? 0 : 1));
    rows[9] = '536365,"OPEN';
    const path = file('bad.csv', rows);
    expect(await load(path)).toBe(2);
    const found = rejected(path);
    expect(found.map(({ line }) => line)).toEqual(rows.flatMap((_, n) => (n % 2 === 0 || n === 9 ? [n + 2] : [])));
    expect(found[0]).toEqual({
      line: 2,
      reason: 'Quantity must not be 0',
      errors: [{ field: 'Quantity', message: 'must not be 0' }],
      raw: rows[0],
    });
    expect(found[5]).toMatchObject({ line: 11, errors: [{ field: 'body' }], raw: rows[9] });
    rows.splice(0, rows.length, row(1));
    expect(await load(file('bad.csv', rows))).toBe(0);
    expect(existsSync(`${path}.rejected.ndjson`)).toBe(false);
  });

  it('names no line that the instance took where the two read dates in another order', async () => {
    const at = (n: number, date: string) => row(n).replace('12/1/2010', date);
    // The instance reads the month first, and takes every second line.
    const rows = Array.from({ length: 400 }, (_, n) => at(n, n % 2 === 0 ? '25/12/2010' : '12/25/2010'));
    process.env['DOCSTREAM_DATE_ORDER'] = 'dmy';
    const path = file('dates.csv', [...rows, row(1, 0)]);
    expect(await load(path)).toBe(2);
    const lines = rejected(path).map(({ line }) => line);
    expect(lines.length).toBeGreaterThan(90);
    expect(lines.every((line) => line % 2 === 0)).toBe(true);
    expect(said.join('')).toContain(`${201 - lines.length} more rejected lines are not in it`);
  });

  it('loads NDJSON with the lines of the file', async () => {
    const item = { InvoiceNo: '1', StockCode: 'A', Quantity: 1, InvoiceDate: '2010-12-01', UnitPrice: 1, Country: 'X' };
    const path = join(folder, 'items.ndjson');
    writeFileSync(
      path,
      [JSON.stringify(item), '', '{', JSON.stringify({ ...item, Quantity: 0, Country: '' })].join('\n'),
    );
    expect(await load(path)).toBe(2);
    expect(rejected(path).map(({ line, raw }) => [line, raw])).toEqual([
      [3, '{'],
      [4, JSON.stringify({ ...item, Quantity: 0, Country: '' })],
    ]);
    expect(rejected(path).at(-1)?.reason).toBe('Quantity must not be 0; Country must be text of 1 to 64 characters');
  });

  it.each([
    [
      'a header that fits no item',
      () => file('head.csv', [row(1)], HEADER.replace('Country', 'Land')),
      /header row does not fit: Land is not a column/,
    ],
    ['a file that is not there', () => join(folder, 'none.csv'), /none\.csv: there is no such file/],
    [
      'a name that says gzip of what is not',
      () => file('plain.csv.gz', [row(1)]),
      /plain\.csv\.gz: is not gzip data as its name says/,
    ],
    ['a name that says nothing', () => join(folder, 'data.xlsx'), /must end in \.csv, \.csv\.gz/],
  ])('says in one line what is wrong: %s', async (_, path, message) => {
    expect(await load(path())).toBe(1);
    expect(said.at(-1)).toMatch(message);
    expect(said.at(-1)?.trimEnd()).not.toContain('\n');
  });

  it('says in one line that nothing runs at the address', async () => {
    const path = file('a.csv', [row(1)]);
    expect(await runProgram(['load', path, '--url', 'http://127.0.0.1:9'], COMMANDS)).toBe(1);
    expect(said.at(-1)).toBe(
      'docstream: docstream is not running at http://127.0.0.1:9: npm start, or name its address with --url\n',
    );
  });
});

type Step = 'answer' | 'busy' | 'drop';

/** Answers `POST /invoiceitems` as an instance does, except where the script has something else for a request. */
class Instance {
  readonly requests: { key: string; body: string }[] = [];
  readonly script: Step[] = [];
  /** The end of an idempotency key whose request fails. */
  faultOn: string | null = null;
  installation = 'the first';
  onRequest: () => void = () => undefined;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Instance> {
    const server = createServer();
    const instance = new Instance(server);
    server.on('request', (request, response) => void instance.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return instance;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.url !== '/invoiceitems') {
      response.end(JSON.stringify({ installation: this.installation }));
      return;
    }
    this.onRequest();
    const body = Buffer.concat(pieces).toString();
    const key = String(request.headers['idempotency-key']);
    this.requests.push({ key, body });
    const step = this.script.shift() ?? 'answer';
    if (step === 'drop') request.socket.destroy();
    else if (step === 'busy') response.writeHead(503, { 'retry-after': '0.1' }).end('{"status":503}');
    else if (this.faultOn !== null && key.endsWith(this.faultOn))
      response.writeHead(500).end('{"title":"Internal Server Error"}');
    else this.judge(body, request.headers['content-type'] === 'application/x-ndjson' ? 'ndjson' : 'csv', response);
  }

  private judge(body: string, format: 'csv' | 'ndjson', response: ServerResponse): void {
    const chunk = {
      number: 0,
      firstLine: 1,
      rows: 0,
      body: Buffer.from(body),
      header: Buffer.alloc(0),
      headerLines: 0,
    };
    const item = { dateOrder: 'mdy', bulkLineBytesMax: 65_536 } as const;
    const { read, errors: found } = judge(chunk, { format, charset: 'utf-8', item, decode: String });
    const header = body.split('\n', 1)[0] ?? '';
    const badHeader = format === 'csv' && header.includes('Land');
    const errors = badHeader
      ? [{ line: 1, field: 'Land', message: 'is not a column of an item' }]
      : [...found].flatMap(([line, faults]) => faults.map((fault) => ({ line, ...fault })));
    const accepted = badHeader ? 0 : read.size - found.size;
    const rejected = badHeader ? 1 : found.size;
    response.writeHead(accepted === 0 ? 400 : rejected === 0 ? 200 : 207);
    response.end(JSON.stringify({ accepted, rejected, errors: errors.slice(0, 100) }));
  }
}
