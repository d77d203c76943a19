import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runTool } from '../../src/engines/tool.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { schemathesis } from '../helpers/python-tool.js';

/**
 * What `DataFrame.to_json(orient='records', lines=True)` makes of the data set's CSV: numbers of a column with gaps have
 * a decimal point, gaps are null, slashes are escaped; and what it makes of it when every column was read as text.
 */
const LINES = [
  '{"InvoiceNo":"536365","StockCode":"85123A","Description":"WHITE HANGING HEART T-LIGHT HOLDER","Quantity":6,"InvoiceDate":"12\\/1\\/2010 8:26","UnitPrice":2.55,"CustomerID":17850.0,"Country":"United Kingdom"}',
  '{"InvoiceNo":"C536379","StockCode":"D","Description":"Discount","Quantity":-1,"InvoiceDate":"12\\/1\\/2010 9:41","UnitPrice":27.5,"CustomerID":14527.0,"Country":"United Kingdom"}',
  '{"InvoiceNo":"536414","StockCode":"22139","Description":null,"Quantity":56,"InvoiceDate":"12\\/1\\/2010 11:52","UnitPrice":0.0,"CustomerID":null,"Country":"United Kingdom"}',
  '{"InvoiceNo":"536365","StockCode":"71053","Description":"WHITE METAL LANTERN","Quantity":"6","InvoiceDate":"12\\/13\\/2010 18:26","UnitPrice":"3.39","CustomerID":"17850","Country":"United Kingdom"}',
];

let app: TestApp;
let folder: string;
let bin: string;
beforeAll(async () => {
  bin = await schemathesis();
  app = await startTestApp();
  folder = mkdtempSync(join(tmpdir(), 'tutorial-'));
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

it("the tutorial's client posts the data set as pandas writes it, and all of it is stored", async () => {
  const file = join(folder, 'lines.json');
  writeFileSync(file, LINES.map((line) => `${line}\n`).join(''));
  const args = ['examples/tutorial_client.py', file, `${app.url}/invoiceitem`];
  const { exitCode, stdout, stderr } = await runTool(join(bin, 'python'), args, { timeoutMs: 300_000 });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout.match(/Status code:\s+\d+/g)).toEqual(LINES.map(() => 'Status code:  200'));
  await app.settled();
  const stored = await app.sinks.collection('invoices').find({}).sort({ _id: 1 }).toArray();
  expect(
    stored.map(({ _id, kind, customerId, lineCount, total }) => [_id, kind, customerId, lineCount, String(total)]),
  ).toEqual([
    ['536365', 'sale', 17850, 2, '35.64'],
    ['536414', 'sale', null, 1, '0.00'],
    ['C536379', 'cancellation', 14527, 1, '-27.50'],
  ]);
  expect(stored[0]?.['lines']).toMatchObject([
    { stockCode: '85123A', invoiceDate: new Date('2010-12-01T08:26:00Z') },
    { stockCode: '71053', invoiceDate: new Date('2010-12-13T18:26:00Z') },
  ]);
});
