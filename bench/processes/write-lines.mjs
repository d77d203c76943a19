// Yardstick of processing: the raw driver writes one document per line, in batches, straight from memory.
import { randomUUID } from 'node:crypto';
import { Decimal128, MongoClient } from 'mongodb';
import { readLines, report, task } from './task.mjs';

const { uri, database, mode, file, lines, batch, secondsMax } = task;
const values = readLines(file, lines);
const client = await MongoClient.connect(uri);
const collection = client.db(database).collection('lines');
// What the same questions need: the lines of an invoice, a customer's invoices, a range of dates.
await collection.createIndexes([
  { key: { invoiceNo: 1 } },
  { key: { customerId: 1, invoiceDate: -1, invoiceNo: -1 } },
  { key: { invoiceDate: -1, invoiceNo: -1 } },
]);

function documentOf(value) {
  const item = JSON.parse(value);
  return {
    _id: randomUUID(),
    invoiceNo: item.InvoiceNo,
    stockCode: item.StockCode,
    description: item.Description,
    quantity: item.Quantity,
    invoiceDate: new Date(item.InvoiceDate),
    unitPrice: Decimal128.fromString(item.UnitPrice),
    customerId: item.CustomerID,
    country: item.Country,
  };
}

const upsertOf = (document) => ({ replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true } });

const build = (from) => {
  const documents = values.slice(from, from + batch).map(documentOf);
  return mode === 'upsert' ? documents.map(upsertOf) : documents;
};

const send = (built) =>
  mode === 'upsert'
    ? collection.bulkWrite(built, { ordered: false })
    : collection.insertMany(built, { ordered: false });

const fromMs = Date.now();
const startedAt = performance.now();
const deadline = startedAt + secondsMax * 1000;
let written = 0;
// One batch at a time, and while it is on its way the next one is built. Two or three at a time were not faster.
for (let next = build(0); next.length > 0 && performance.now() < deadline;) {
  const count = next.length;
  const sending = send(next);
  next = build(written + count);
  await sending;
  written += count;
}
const seconds = (performance.now() - startedAt) / 1000;
const toMs = Date.now();
await client.close();
report({ fromMs, toMs, count: written, perSecond: written / seconds });
