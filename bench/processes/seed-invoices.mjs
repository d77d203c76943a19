// Fills `invoices` with documents in docstream's own shape, straight into the store: ten million lines over HTTP would
// take longer than all other figures together. The indexes are there already; the lookups can't tell the difference.
import { Decimal128, MongoClient } from 'mongodb';
import { report, task } from './task.mjs';

const { uri, database, invoices, linesEach, invoicesEach } = task;
const customers = Math.ceil(invoices / invoicesEach);
const BATCH = 500;
const LANES = 2;
const client = await MongoClient.connect(uri);
const collection = client.db(database).collection('invoices');
const price = Decimal128.fromString('2.55');
const amount = Decimal128.fromString('15.30');
const total = Decimal128.fromString((15.3 * linesEach).toFixed(2));

function invoiceOf(n) {
  const invoiceDate = new Date(Date.UTC(2010, 0, 1) + n * 60_000);
  const lines = Array.from({ length: linesEach }, (_, at) => ({
    eventId: `seed-${n}:${at}`,
    offset: n * linesEach + at,
    stockCode: `8${String((n * 31 + at * 7) % 4_000).padStart(4, '0')}A`,
    description: 'WHITE HANGING HEART T-LIGHT HOLDER',
    quantity: 6,
    invoiceDate,
    unitPrice: price,
    amount,
  }));
  return {
    _id: String(1_000_000 + n),
    kind: 'sale',
    customerId: 10_000 + (n % customers),
    country: 'United Kingdom',
    invoiceDate,
    partition: n % 3,
    lineCount: linesEach,
    units: 6 * linesEach,
    total,
    lines,
  };
}

let at = 0;
async function lane() {
  while (at < invoices) {
    const from = at;
    at += BATCH;
    const documents = Array.from({ length: Math.min(BATCH, invoices - from) }, (_, n) => invoiceOf(from + n));
    await collection.insertMany(documents, { ordered: false });
  }
}

await Promise.all(Array.from({ length: LANES }, lane));
await client.close();
report({ customers });
