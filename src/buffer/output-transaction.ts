import type { Kafka, Message, Producer, Transaction } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { Settings } from '../config.js';
import { within } from './deadline.js';
import { BufferUnavailableError, isTooLarge, OwnershipLostError } from './errors.js';
import { discardLeftovers } from './leftovers.js';

/** A processed document or a dead letter, as it goes to its topic. */
export interface OutputRecord {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers?: Record<string, Buffer | string | (Buffer | string)[]>;
}

/** What one micro-batch leaves in Kafka, all of it or nothing, together with the group's offset. */
export interface Output {
  documents: OutputRecord[];
  deadLetters: OutputRecord[];
  nextOffset: number;
}

const COMMIT_TIMEOUT_MS = 20_000;

/** Broker answers which mean that a newer owner has taken the transactional id. */
const FENCED = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
]);

/** A record above this goes alone; outputs are cut so that one produce request stays below the broker's limit. */
const REQUEST_BYTES_MAX = 700_000;
const RECORD_OVERHEAD_BYTES = 200;

/**
 * The Kafka sink of one partition: a transactional producer whose id is the partition's, so that opening it ends the
 * transaction of a dead owner at once and fences a stale one. After any error it must be closed and opened anew.
 */
export class OutputTransaction {
  private constructor(
    private readonly producer: Producer,
    private next: Transaction | null,
    private readonly settings: Settings['kafka'],
    private readonly partition: number,
  ) {}

  /** Fences every earlier owner of the partition; afterwards the group's committed offset is settled. */
  static async open(kafka: Kafka, settings: Settings['kafka'], partition: number): Promise<OutputTransaction> {
    const producer = kafka.producer({
      transactionalId: transactionalIdOf(settings, partition),
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: 60_000,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    try {
      const first = await within(
        COMMIT_TIMEOUT_MS,
        producer.connect().then(() => producer.transaction()),
        late,
      );
      return new OutputTransaction(producer, first, settings, partition);
    } catch (error) {
      await disconnect(producer);
      throw coded(error);
    }
  }

  /** Makes void what former owners of the partition left undecided in either topic; for when none is open. */
  static async discardLeftovers(kafka: Kafka, settings: Settings['kafka'], partition: number): Promise<void> {
    const { groupId, outputTopic, deadLetterTopic } = settings;
    const topics = [outputTopic, deadLetterTopic];
    const transactionalId = transactionalIdOf(settings, partition);
    try {
      await within(COMMIT_TIMEOUT_MS, discardLeftovers(kafka, { transactionalId, topics, groupId }), late);
    } catch (error) {
      throw coded(error);
    }
  }

  /** Documents, dead letters and the offset become visible together, or none of them does. */
  async commit(output: Output): Promise<void> {
    try {
      await within(COMMIT_TIMEOUT_MS, this.run(output), late);
    } catch (error) {
      throw coded(error);
    }
  }

  async close(): Promise<void> {
    await disconnect(this.producer);
  }

  private async run({ documents, deadLetters, nextOffset }: Output): Promise<void> {
    const transaction = this.next ?? (await this.producer.transaction());
    this.next = null;
    const { outputTopic, deadLetterTopic, groupId, ingestionTopic } = this.settings;
    for (const messages of requests(documents)) await transaction.send({ topic: outputTopic, messages, acks: -1 });
    for (const messages of requests(deadLetters))
      await transaction.send({ topic: deadLetterTopic, messages, acks: -1 });
    const partitions = [{ partition: this.partition, offset: String(nextOffset) }];
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: ingestionTopic, partitions }] });
    await transaction.commit();
  }
}

function transactionalIdOf({ groupId, ingestionTopic }: Settings['kafka'], partition: number): string {
  return `${groupId}-${ingestionTopic}-${partition}`;
}

function* requests(records: readonly OutputRecord[]): Generator<Message[]> {
  let request: Message[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (request.length > 0 && bytes + size > REQUEST_BYTES_MAX) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(record);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

function sizeOf({ value, headers }: OutputRecord): number {
  let bytes = (value === null ? 0 : Buffer.byteLength(value)) + RECORD_OVERHEAD_BYTES;
  // A dead letter may be all headers.
  for (const name in headers) {
    for (const header of [headers[name] ?? ''].flat()) bytes += name.length + Buffer.byteLength(header);
  }
  return bytes;
}

async function disconnect(producer: Producer): Promise<void> {
  await within(2_000, producer.disconnect(), late).catch(() => undefined);
}

function coded(error: unknown): Error {
  const type = (error as { type?: unknown }).type;
  if (typeof type === 'string' && FENCED.has(type)) {
    return new OwnershipLostError('a newer owner writes for this partition', { cause: error });
  }
  if (error instanceof BufferUnavailableError) return error;
  if (isTooLarge(error)) {
    const what =
      'a record for spark-output or dead-letters is larger than its topic takes: raise max.message.bytes there';
    return new BufferUnavailableError(what, 2, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new BufferUnavailableError(`the Kafka transaction failed: ${message}`, 2, { cause: error });
}

function late(): Error {
  return new BufferUnavailableError('the Kafka transaction took too long');
}
