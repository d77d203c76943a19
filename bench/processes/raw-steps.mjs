// Yardstick of the way of one line: one kafkajs send, one fetch of one record that is there already, one transaction.
// At rest they follow one another as for a line, with a pause before each line; back to back each is repeated by itself.
import { randomUUID } from 'node:crypto';
import { Decimal128, MongoClient } from 'mongodb';
import { connectProducer, kafkaClient } from '../kafka.mjs';
import { keyOf, pauseBefore, readLines, report, task } from './task.mjs';

const { brokers, topic, uri, database, file, warmup, samples, pauseMs } = task;
const kafka = kafkaClient(brokers);
const values = readLines(file, 1_000);
const valueOf = (n) => values[n % values.length];

const producer = await connectProducer(kafka);
const client = await MongoClient.connect(uri);
const collection = client.db(database).collection('invoices');
await collection.createIndexes([
  { key: { customerId: 1, invoiceDate: -1, _id: -1 } },
  { key: { invoiceDate: -1, _id: -1 } },
]);
const session = client.startSession();

function send(n) {
  const messages = [{ key: keyOf(valueOf(n)), value: valueOf(n), headers: { 'event-id': randomUUID() } }];
  return producer.send({ topic, acks: -1, messages });
}

async function transact(n) {
  const { InvoiceDate, UnitPrice, Quantity, CustomerID, Country } = JSON.parse(valueOf(n));
  const line = { quantity: Quantity, unitPrice: Decimal128.fromString(UnitPrice), eventId: randomUUID() };
  const invoice = { customerId: CustomerID, country: Country, invoiceDate: new Date(InvoiceDate), lines: [line] };
  session.startTransaction({ writeConcern: { w: 'majority', j: true } });
  await collection.insertOne({ _id: randomUUID(), ...invoice }, { session });
  await session.commitTransaction();
}

async function timed(step, n) {
  const startedAt = performance.now();
  await step(n);
  return performance.now() - startedAt;
}

/** A consumer that fetches the next record when `next` is called; it resolves with how long that took, in ms. */
async function connectConsumer(groupId) {
  // An answer holds one record, for each was sent alone and an answer may not be larger than one byte.
  const consumer = kafka.consumer({ groupId, maxBytes: 1, maxBytesPerPartition: 1 });
  let startedAt = 0;
  let tookMs = 0;
  let goOn = () => undefined;
  let arrived;
  const arrival = () => new Promise((resolve) => (arrived = resolve));
  consumer.on(consumer.events.FETCH_START, () => (startedAt = performance.now()));
  consumer.on(consumer.events.FETCH, () => (tookMs = performance.now() - startedAt));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const first = arrival();
  const eachMessage = () =>
    new Promise((resolve) => {
      goOn = resolve;
      arrived(tookMs);
    });
  await consumer.run({ autoCommit: false, eachMessage });
  await first;
  const next = () => {
    const coming = arrival();
    goOn();
    return coming;
  };
  const close = () => {
    const closed = consumer.disconnect();
    goOn();
    return closed;
  };
  return { next, close };
}

async function atRest() {
  // The consumer has something to wait at.
  await send(0);
  const consumer = await connectConsumer(`${topic}-at-rest`);
  const times = { send: [], fetch: [], transaction: [] };
  for (let n = 0; n < warmup + samples; n += 1) {
    await pauseBefore(n, pauseMs);
    times.send.push(await timed(send, n));
    times.fetch.push(await consumer.next());
    times.transaction.push(await timed(transact, n));
  }
  await consumer.close();
  return times;
}

async function backToBack() {
  const consumer = await connectConsumer(`${topic}-back-to-back`);
  const times = { send: [], fetch: [], transaction: [] };
  for (let n = 0; n < warmup + samples; n += 1) times.send.push(await timed(send, n));
  for (let n = 0; n < warmup + samples; n += 1) times.fetch.push(await consumer.next());
  for (let n = 0; n < warmup + samples; n += 1) times.transaction.push(await timed(transact, n));
  await consumer.close();
  return times;
}

function warm(times) {
  return Object.fromEntries(Object.entries(times).map(([step, all]) => [step, all.slice(warmup)]));
}

const results = { atRest: warm(await atRest()), backToBack: warm(await backToBack()) };
await producer.disconnect();
await session.endSession();
await client.close();
report(results);
