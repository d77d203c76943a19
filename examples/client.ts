/**
 * A client of docstream without any package: node examples/client.ts FILE.ndjson (Node.js 22.18 or newer runs
 * TypeScript as it is). API_URL: where it runs; API_KEY: an API key, where keys are configured.
 */
import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const url = process.env['API_URL'] ?? 'http://127.0.0.1:3000';
const apiKey = process.env['API_KEY'];
const ATTEMPTS_MAX = 8;
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

interface Item {
  InvoiceNo: string | number;
  StockCode: string;
  Description?: string | null;
  Quantity: number | string;
  InvoiceDate: string;
  UnitPrice: number | string;
  CustomerID?: number | string | null;
  Country: string;
}
interface Tally {
  accepted: number;
  rejected: number;
  errors: { line: number; field: string; message: string }[];
}
interface Trail {
  state: 'waiting' | 'stored' | 'duplicate' | 'dead-letter';
  invoice: string | null;
}
interface Invoice {
  invoiceNo: string;
  lineCount: number;
  total: string;
}

/**
 * Waits and tries again while docstream can't take it or can't be reached, itself or behind a proxy, which is safe for
 * what has an Idempotency-Key: it is stored once. Any other answer is the caller's.
 */
async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (apiKey !== undefined) headers.set('Authorization', `Bearer ${apiKey}`);
  for (let attempt = 1; ; attempt++) {
    let waitSeconds = Math.min(2 ** attempt, 30);
    try {
      const answer = await fetch(url + path, { ...init, headers, signal: AbortSignal.timeout(300_000) });
      if (!PASSING.has(answer.status) || attempt === ATTEMPTS_MAX) return answer;
      waitSeconds = Number(answer.headers.get('Retry-After') ?? 1);
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
    }
    await pause(waitSeconds * 1_000);
  }
}

/** Resolves with the address of the line's trail. From then on it is never lost. */
async function postLine(item: Item, key: string): Promise<string> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  const answer = await call('/invoiceitem', { method: 'POST', headers, body: JSON.stringify(item) });
  // A problem (RFC 9457): `errors` names each field that is wrong.
  if (!answer.ok) throw new Error(await answer.text());
  return answer.headers.get('Location') ?? '';
}

/** Posts a file with one line of JSON for each item. Sent again, it changes nothing: line n is the event KEY:n. */
async function postFile(path: string): Promise<Tally> {
  const key = `example-${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, 32)}`;
  const headers = { 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': key };
  // A file as a blob is read while it is sent, and again for another attempt.
  const answer = await call('/invoiceitems', { method: 'POST', headers, body: await openAsBlob(path) });
  // 200: all accepted, 207: some, 400: none. Each of them has the tally.
  return (await answer.json()) as Tally;
}

/** Waits until the line is processed. */
async function follow(trail: string): Promise<Trail> {
  for (;;) {
    const answer = await call(trail);
    if (!answer.ok) throw new Error(await answer.text());
    const told = (await answer.json()) as Trail;
    if (told.state !== 'waiting') return told;
    await pause(250);
  }
}

const item: Item = {
  InvoiceNo: '580003',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
};
const receipt = await postLine(item, 'example-ts-1');
console.log(`1. posted one line: ${receipt}`);
console.log(`2. it is ${(await follow(receipt)).state}`);
const { accepted, rejected, errors } = await postFile(process.argv[2] ?? '');
console.log(`3. posted a file: ${accepted} accepted, ${rejected} rejected`, errors);
const invoice = (await (await call(`/api/invoices/${item.InvoiceNo}`)).json()) as Invoice;
console.log(`4. invoice ${invoice.invoiceNo} has ${invoice.lineCount} lines, total ${invoice.total}`);
