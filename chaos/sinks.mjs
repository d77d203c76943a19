import kafkajs from 'kafkajs';
import { MongoClient } from 'mongodb';
import { setTimeout as pause } from 'node:timers/promises';
import { readCommitted } from './read-committed.mjs';
import { NAMES } from './world.mjs';

const READ_MS_MAX = 120_000;

/** Both sinks and the log, read with the plain drivers, past every proxy. Close it when done. */
export class Sinks {
  constructor({ brokers, uri }) {
    this.kafka = new kafkajs.Kafka({ clientId: 'oracle', brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING });
    this.admin = this.kafka.admin();
    this.mongo = new MongoClient(uri);
    this.database = this.mongo.db(NAMES.database);
  }

  async open() {
    await Promise.all([this.admin.connect(), this.mongo.connect()]);
    return this;
  }

  async close() {
    await Promise.allSettled([this.admin.disconnect(), this.mongo.close()]);
  }

  /** Resolves once both sinks have come to the end of the log in every partition; rejects after the time. */
  async settled(msMax) {
    const { ingestionTopic: topic, groupId } = NAMES;
    const deadline = performance.now() + msMax;
    let last = '';
    while (performance.now() < deadline) {
      const [log, [group], checkpoints] = await Promise.all([
        this.admin.fetchTopicOffsets(topic),
        this.admin.fetchOffsets({ groupId, topics: [topic] }),
        this.database.collection('checkpoints').find({ topic }).toArray(),
      ]);
      const behind = log.filter(({ partition, high }) => {
        const store = checkpoints.find((checkpoint) => checkpoint.partition === partition)?.nextOffset ?? 0;
        const output = group.partitions.find((entry) => entry.partition === partition)?.offset ?? -1;
        return Number(high) > 0 && (Number(store) !== Number(high) || Number(output) !== Number(high));
      });
      if (behind.length === 0) return;
      last = behind.map(({ partition, high }) => `partition ${partition} (end ${high})`).join(', ');
      await pause(200);
    }
    throw new Error(`the sinks did not come to the end of the log within ${msMax / 1_000} s: ${last}`);
  }

  /** Everything that the oracle judges, in plain values. */
  async read() {
    const find = (name) => this.database.collection(name).find().toArray();
    const [invoices, batches, deadLetters] = await Promise.all(['invoices', 'batches', 'deadLetters'].map(find));
    const records = await this.#records(NAMES.outputTopic);
    const deadLetterRecords = await this.#records(NAMES.deadLetterTopic);
    const output = records.map((value) => JSON.parse(value));
    return { invoices, batches, deadLetters, output, deadLetterRecords };
  }

  /** The values of all records of committed transactions. */
  async #records(topic) {
    const records = await readCommitted(this.kafka, this.admin, topic, READ_MS_MAX);
    return records.map(({ value }) => String(value));
  }
}
