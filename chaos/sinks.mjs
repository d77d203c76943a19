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

  /** Resolves once both sinks have come to the end of the log in every partition; rejects once none has come on for so long. */
  async settled(standstillMsMax) {
    const { ingestionTopic: topic, groupId } = NAMES;
    let last = '';
    for (let movedAtMs = performance.now(); performance.now() - movedAtMs < standstillMsMax;) {
      const [log, [group], checkpoints] = await Promise.all([
        this.admin.fetchTopicOffsets(topic),
        this.admin.fetchOffsets({ groupId, topics: [topic] }),
        this.database.collection('checkpoints').find({ topic }).toArray(),
      ]);
      const positions = log.map(({ partition, high }) => ({
        partition,
        end: Number(high),
        store: Number(checkpoints.find((checkpoint) => checkpoint.partition === partition)?.nextOffset ?? 0),
        output: Number(group.partitions.find((entry) => entry.partition === partition)?.offset ?? -1),
      }));
      const behind = positions.filter(({ end, store, output }) => end > 0 && (store !== end || output !== end));
      if (behind.length === 0) return;
      const now = behind
        .map((at) => `partition ${at.partition} (end ${at.end}, store ${at.store}, output ${at.output})`)
        .join(', ');
      if (now !== last) movedAtMs = performance.now();
      last = now;
      await pause(200);
    }
    throw new Error(`neither sink has come on for ${standstillMsMax / 1_000} s: ${last}`);
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
