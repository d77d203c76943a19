import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import kafkajs, { type Admin, type IHeaders, type Kafka } from 'kafkajs';
import mongoose from 'mongoose';
import type { Settings } from '../../src/config.js';
import type { ToldInvoice, ToldLine, ToldSums } from './oracle.js';

/** A record of a topic as it lies there. */
export interface TopicRecord {
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: IHeaders;
}

export interface PartitionPositions {
  partition: number;
  start: number;
  end: number;
  store: number | null;
  output: number | null;
}

type Document = Record<string, unknown>;
interface StoredDocument {
  _id: string;
  partition: number;
  lines: (Document & { partition?: number; offset: number })[];
}

const SETTLED_MS_MAX = 240_000;
const READ_MS_MAX = 240_000;

/** Both sinks, read with the plain drivers and none of the product's code. Close it when done. */
export class Sinks {
  private constructor(
    private readonly settings: Settings,
    private readonly kafka: Kafka,
    private readonly admin: Admin,
    private readonly client: mongoose.mongo.MongoClient,
  ) {}

  static async open(settings: Settings): Promise<Sinks> {
    const kafka = plainKafka(settings);
    const admin = kafka.admin();
    const client = new mongoose.mongo.MongoClient(settings.store.uri ?? '', { serverSelectionTimeoutMS: 5_000 });
    await Promise.all([admin.connect(), client.connect()]);
    return new Sinks(settings, kafka, admin, client);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.client.close()]);
  }

  collection(name: string): mongoose.mongo.Collection<Document> {
    return this.client.db(this.settings.store.database).collection<Document>(name);
  }

  /** The log and both positions of each partition. */
  async positions(): Promise<PartitionPositions[]> {
    const { ingestionTopic: topic, groupId } = this.settings.kafka;
    const [log, group, checkpoints] = await Promise.all([
      this.admin.fetchTopicOffsets(topic),
      this.admin.fetchOffsets({ groupId, topics: [topic] }),
      this.collection('checkpoints').find({ topic }).toArray(),
    ]);
    return log.map(({ partition, low, high }) => {
      const committed = Number(group[0]?.partitions.find((entry) => entry.partition === partition)?.offset ?? -1);
      const checkpoint = checkpoints.find((entry) => entry['partition'] === partition);
      const store = checkpoint === undefined ? null : Number(checkpoint['nextOffset']);
      return { partition, start: Number(low), end: Number(high), store, output: committed < 0 ? null : committed };
    });
  }

  /**
   * Resolves once both positions of all partitions have reached the end of the log. It waits for far longer than that
   * takes: on a busy machine a member that died is missed late, and a backlog takes its time.
   */
  async settled(): Promise<void> {
    let last = '';
    await until(
      async () => {
        const positions = await this.positions().catch(passing);
        last = JSON.stringify(positions);
        return (
          positions !== null &&
          positions.every(({ end, store, output }) => end === 0 || (store === end && output === end))
        );
      },
      SETTLED_MS_MAX,
      () => `the sinks did not reach the end of the log: ${last}`,
    );
  }

  /** Resolves once one sink's positions of all partitions together cover this many records. */
  async reached(sink: 'store' | 'output', records: number): Promise<void> {
    let covered = 0;
    await until(
      async () => {
        const positions = await this.positions().catch(passing);
        covered = positions?.reduce((sum, position) => sum + (position[sink] ?? 0), 0) ?? covered;
        return covered >= records;
      },
      60_000,
      () => `the ${sink} covers ${covered} records instead of ${records}`,
    );
  }

  /** Every invoice of the store, told as the API would. */
  async invoices(): Promise<(ToldInvoice & ToldSums)[]> {
    const documents = (await this.collection('invoices').find().toArray()) as unknown as StoredDocument[];
    return documents.map((document) => {
      const { _id: invoiceNo, ...rest } = document as unknown as Document;
      const lines = document.lines.map((line) => toldLine(line));
      return { ...rest, invoiceNo, total: String(rest['total']), lines } as unknown as ToldInvoice & ToldSums;
    });
  }

  /** The end of each partition of `spark-output`: it stays where it is exactly as long as nothing is published. */
  async outputEnds(): Promise<number[]> {
    const offsets = await this.admin.fetchTopicOffsets(this.settings.kafka.outputTopic);
    return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  }

  /** Every document of `spark-output` that belongs to a committed transaction. */
  async output(): Promise<{ key: string | null; told: ToldInvoice }[]> {
    const records = await this.records(this.settings.kafka.outputTopic);
    return records.map(({ key, value }) => ({
      key: key === null ? null : key.toString(),
      told: JSON.parse(String(value)) as ToldInvoice,
    }));
  }

  /** All records of a topic that belong to no transaction or to one that was committed, in partition order. */
  async records(topic: string): Promise<TopicRecord[]> {
    const file = pathToFileURL(resolve('chaos/read-committed.mjs')).href;
    const { readCommitted } = (await import(file)) as { readCommitted: ReadCommitted };
    return readCommitted(this.kafka, this.admin, topic, READ_MS_MAX);
  }
}

type ReadCommitted = (kafka: Kafka, admin: Admin, topic: string, msMax: number) => Promise<TopicRecord[]>;

/** A broker that has just started may not have found the group yet: that passes. */
export function passing(error: unknown): null {
  if (error instanceof kafkajs.KafkaJSError && error.retriable) return null;
  throw error;
}

/** A kafkajs client that keeps quiet. */
export function plainKafka({ kafka }: Settings): Kafka {
  return new kafkajs.Kafka({
    clientId: 'oracle',
    brokers: [...(kafka.brokers ?? [])],
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** A test waits once or twice for so long before its own time is over, and then says what it waited for. */
const WAIT_MS_MAX = 300_000;

/**
 * Waits for a condition that has long come true after `enoughMs` on a machine with little else to do. A busy one gets up to
 * four times that: this is for what hangs, and a promise of the product's is measured beside it. Then it rejects with what
 * `describe` says. Where it took a fifth of that, it says so: a time that gets too short is seen before it fails.
 */
export async function until(
  condition: () => Promise<boolean> | boolean,
  enoughMs: number,
  describe: () => string,
): Promise<void> {
  const waitMsMax = Math.min(4 * enoughMs, WAIT_MS_MAX);
  const startedAtMs = performance.now();
  const waitedMs = () => performance.now() - startedAtMs;
  while (!(await condition())) {
    if (waitedMs() > waitMsMax) throw new Error(describe());
    await new Promise((resume) => setTimeout(resume, 50));
  }
  if (waitedMs() < waitMsMax / 5) return;
  const seconds = [waitedMs(), waitMsMax].map((ms) => (ms / 1_000).toFixed(1));
  process.stderr.write(`waited for ${seconds.join(' of ')} s that were there for: ${describe()}\n`);
}

function toldLine(line: Document): ToldLine {
  const { eventId, stockCode, description, quantity, invoiceDate, unitPrice, amount } = line;
  const date = `${(invoiceDate as Date).toISOString().slice(0, 19)}Z`;
  const told = { eventId, stockCode, description, quantity, invoiceDate: date };
  return { ...told, unitPrice: String(unitPrice), amount: String(amount) } as ToldLine;
}
