import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { generateLines } from '../../src/cli/shop.js';
import { loadSettings } from '../../src/config.js';
import { testEnvironment } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import {
  differenceInInvoices,
  differenceInOutput,
  differenceInSummary,
  Oracle,
  type ToldSummary,
} from '../helpers/oracle.js';
import { Sinks } from '../helpers/oracle-sinks.js';
import { lineOfItem, linesOfCsv, type OracleLine, realSample, recordsOfCsv, scaled } from '../helpers/oracle-data.js';

/** A set of lines, as a body for the bulk endpoint and as the oracle reads it. */
interface DataSet {
  body: Buffer;
  headers: Record<string, string>;
  lines: OracleLine[];
  rejected: number;
}

/** There is not time for all of it every time; a run by hand can take as many as it has. */
const SAMPLE_LINES = Number(process.env['TEST_SAMPLE_LINES'] ?? 40_000);

const sample = realSample();
const dataSets: [string, () => DataSet][] = [['twenty thousand lines of the seeded shop', shopLines]];
if (sample !== null) {
  dataSets.push(['the real sample', () => sampleLines(sample)]);
}

describe.each(dataSets)('%s, loaded through HTTP', (_, make) => {
  let app: Running;
  let set: DataSet;
  let oracle: Oracle;
  const folder = mkdtempSync(join(tmpdir(), 'docstream-flow-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    set = make();
    oracle = new Oracle().addAll(set.lines);
    app = await start();
  });
  afterAll(async () => {
    await app.sinks.close();
    await app.instance.stop();
  });

  it('is accepted line by line', async () => {
    const { status, accepted, rejected } = await load(app, set);

    expect({ accepted, rejected }).toEqual({ accepted: set.lines.length, rejected: set.rejected });
    expect(status).toBe(set.rejected === 0 ? 200 : 207);
    await app.sinks.settled();
  });

  it('gives exactly its invoices, lines, customers and sums by country and day', async () => {
    expect(await differences(app, oracle)).toEqual(NONE);
  });

  it('gives nothing more when it is loaded again', async () => {
    const published = await app.sinks.outputEnds();

    const { accepted } = await load(app, set);
    expect(accepted).toBe(set.lines.length);
    await app.sinks.settled();

    expect(await differenceInTotals(app, oracle)).toBeNull();
    expect(await app.sinks.outputEnds()).toEqual(published);
  });

  it('comes back row by row from an export, and verify agrees', async () => {
    const file = join(folder, 'export.csv');
    const exported = await Instance.command(['export', '--output', file], app.environment);
    expect(exported).toEqual({ code: 0, signal: null, output: '' });
    const verified = await Instance.command(['verify'], app.environment);
    expect(verified).toMatchObject({ code: 0, output: expect.stringMatching(/^no difference/) });

    expect(differenceInRows(oracle, readFileSync(file, 'utf8'))).toBeNull();
  });
});

/** A docstream of its own process, which has the machine's whole speed and is what a user runs. */
interface Running {
  instance: Instance;
  url: string;
  environment: Record<string, string>;
  sinks: Sinks;
}

async function start(): Promise<Running> {
  const environment = testEnvironment();
  const instance = Instance.launch(environment);
  try {
    const url = await instance.ready();
    return { instance, url, environment, sinks: await Sinks.open(loadSettings(environment)) };
  } catch (error) {
    await instance.stop();
    throw error;
  }
}

const NONE = { invoices: null, output: null, summary: null };

async function differences(running: Running, oracle: Oracle) {
  return {
    invoices: differenceInInvoices(oracle, await running.sinks.invoices()),
    output: differenceInOutput(oracle, await running.sinks.output()),
    summary: await differenceInTotals(running, oracle),
  };
}

async function differenceInTotals({ url }: Running, oracle: Oracle): Promise<string | null> {
  // Over a connection of its own: one that is kept may have been closed while this process compared.
  const { body } = await request(url).get('/api/summary?top=1000').expect(200);
  return differenceInSummary(oracle, body as ToldSummary);
}

async function load({ url }: Running, { body, headers }: DataSet) {
  const answer = await fetch(`${url}/invoiceitems`, { method: 'POST', body: new Uint8Array(body), headers });
  const { accepted, rejected } = (await answer.json()) as { accepted: number; rejected: number };
  return { status: answer.status, accepted, rejected };
}

/** The first lines of the real sample, byte for byte as it has them. */
function sampleLines(whole: string): DataSet {
  const records = [...recordsOfCsv(whole)];
  const rest = records[SAMPLE_LINES + 1]?.line;
  const text = rest === undefined ? whole : whole.split('\n', rest - 1).join('\n');
  const type = 'text/csv; charset=iso-8859-1';
  return {
    body: gzipSync(Buffer.from(text, 'latin1')),
    headers: { 'content-type': type, 'content-encoding': 'gzip', 'idempotency-key': 'sample' },
    lines: [...linesOfCsv(text, (line) => `sample:${line}`)],
    rejected: 0,
  };
}

function shopLines(): DataSet {
  const set: DataSet = {
    body: Buffer.alloc(0),
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'shop' },
    lines: [],
    rejected: 0,
  };
  const rows: string[] = [];
  for (const { item, expectation } of generateLines(5)) {
    rows.push(JSON.stringify(item));
    if (expectation === 'rejected') set.rejected += 1;
    else set.lines.push(lineOfItem(item));
    if (rows.length === 20_000) break;
  }
  return { ...set, body: Buffer.from(rows.join('\n')) };
}

/** The rows of an export as a multiset against the lines, in the eight canonical columns. */
function differenceInRows(oracle: Oracle, csv: string): string | null {
  const left = new Map<string, number>();
  for (const { lines } of oracle.invoices.values()) {
    for (const line of lines.values()) {
      const { invoiceNo, stockCode, description, quantity, invoiceDate, unitPrice, customerId, country } = line;
      const row = [
        invoiceNo,
        stockCode,
        description ?? '',
        quantity,
        invoiceDate,
        unitPrice,
        customerId ?? '',
        country,
      ];
      const key = row.join('\t');
      left.set(key, (left.get(key) ?? 0) + 1);
    }
  }
  const [header, ...rows] = recordsOfCsv(csv);
  if (header?.cells.join() !== 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country') {
    return `the columns are ${String(header?.cells.join())}`;
  }
  for (const { cells, line } of rows) {
    const key = cells.map((cell, column) => (column === 5 ? scaled(cell) : cell)).join('\t');
    const count = left.get(key) ?? 0;
    if (count === 0) return `line ${line} of the export was never sent: ${key}`;
    if (count === 1) left.delete(key);
    else left.set(key, count - 1);
  }
  const missing = left.keys().next().value;
  return missing === undefined ? null : `${left.size} rows are missing, such as ${missing}`;
}
