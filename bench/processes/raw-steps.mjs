// Yardstick of the way of one line: one kafkajs send, one fetch of one record that is there already, one transaction.
import { randomUUID } from 'node:crypto';
import { Decimal128, MongoClient } from 'mongodb';
import { connectProducer, kafkaClient } from '../kafka.mjs';
import { keyOf, readLines, report, task } from './task.mjs';

const { brokers, topic, uri, database, file, warmup, samples } = task;
const kafka = kafkaClient(brokers);
const values = readLines(file, 1_000);

async function timed(step) {
  const times = [];
  for (let n = -warmup; n < samples; n += 1) {
    const startedAt = performance.now();
    await step(n + warmup);
    if (n >= 0) times.push(performance.now() - startedAt);
  }
  return times;
}

async function sends() {
  const producer = await connectProducer(kafka);
  const times = await timed((n) => {
    const value = values[n % values.length];
    const messages = [{ key: keyOf(value), value, headers: { 'event-id': randomUUID() } }];
    return producer.send({ topic, acks: -1, messages });
  });
  await producer.disconnect();
  return times;
}

/** An answer holds one record, for each was sent alone and an answer may not be larger than one byte. */
async function fetches() {
  const consumer = kafka.consumer({ groupId: `${topic}-raw`, maxBytes: 1, maxBytesPerPartition: 1 });
  const times = [];
  let startedAt = 0;
  let records = 0;
  let done;
  const all = new Promise((resolve) => (done = resolve));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  consumer.on(consumer.events.FETCH_START, () => (startedAt = performance.now()));
  consumer.on(consumer.events.FETCH, () => void times.push(performance.now() - startedAt));
  const eachMessage = async () => {
    records += 1;
    if (records === warmup + samples) done();
  };
  await consumer.run({ autoCommit: false, eachMessage });
  await all;
  const wanted = times.slice(warmup, warmup + samples);
  await consumer.disconnect();
  if (wanted.length < samples) throw new Error(`${samples} fetches were expected, there were ${wanted.length}`);
  return wanted;
}

async function transactions() {
  const client = await MongoClient.connect(uri);
  const collection = client.db(database).collection('invoices');
  await collection.createIndexes([
    { key: { customerId: 1, invoiceDate: -1, _id: -1 } },
    { key: { invoiceDate: -1, _id: -1 } },
  ]);
  const session = client.startSession();
  const times = await timed(async (n) => {
    const { InvoiceDate, UnitPrice, Quantity, CustomerID, Country } = JSON.parse(values[n % values.length]);
    const line = { quantity: Quantity, unitPrice: Decimal128.fromString(UnitPrice), eventId: randomUUID() };
    const invoice = { customerId: CustomerID, country: Country, invoiceDate: new Date(InvoiceDate), lines: [line] };
    session.startTransaction({ writeConcern: { w: 'majority', j: true } });
    await collection.insertOne({ _id: randomUUID(), ...invoice }, { session });
    await session.commitTransaction();
  });
  await session.endSession();
  await client.close();
  return times;
}

report({ send: await sends(), fetch: await fetches(), transaction: await transactions() });
