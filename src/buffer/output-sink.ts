import type { Kafka, Producer, Transaction } from 'kafkajs';
import type { Settings } from '../config.js';
import { inTime, within } from './deadline.js';
import { BufferUnavailableError, isTooLarge, OwnershipLostError } from './errors.js';
import { groupQuickly } from './group-quickly.js';
import { discardLeftovers } from './leftovers.js';
import { OutputPartitioner } from './output-partitioner.js';
import { type OutputRecord, outputRequests } from './output-requests.js';
import { requestBytes } from './request-bytes.js';

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

/**
 * The Kafka sink of one partition: a transactional producer whose id is the partition's, so that opening it ends the
 * transaction of a dead owner at once and fences a stale one. After any error it must be closed and opened anew.
 */
export class OutputSink {
  private constructor(
    private readonly producer: Producer,
    private next: Transaction | null,
    private readonly settings: Settings['kafka'],
    private readonly partition: number,
    private readonly partitioner: OutputPartitioner,
  ) {}

  /** Fences every earlier owner of the partition; afterwards the group's committed offset is settled. */
  static async open(kafka: Kafka, settings: Settings['kafka'], partition: number): Promise<OutputSink> {
    const partitioner = new OutputPartitioner(partition);
    const producer = kafka.producer({
      transactionalId: transactionalIdOf(settings, partition),
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: 60_000,
      allowAutoTopicCreation: false,
      createPartitioner: () => partitioner.choose,
    });
    try {
      const first = await inSteps(producer, async (over) => {
        await producer.connect();
        over.throwIfAborted();
        return producer.transaction();
      });
      return new OutputSink(producer, first, settings, partition, partitioner);
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
      const leftovers = { transactionalId, topics, groupId };
      await inTime(COMMIT_TIMEOUT_MS, (over) => discardLeftovers(kafka, leftovers, over), late);
    } catch (error) {
      throw coded(error);
    }
  }

  /** Documents, dead letters and the offset become visible together, or none of them does. */
  async commit(output: Output): Promise<void> {
    await this.finish(output);
  }

  /** Gives the group an offset where it has none, with nothing beside it. */
  async commitFirstOffset(nextOffset: number): Promise<void> {
    await this.finish({ documents: [], deadLetters: [], nextOffset });
  }

  async close(): Promise<void> {
    await disconnect(this.producer);
  }

  private async finish(output: Output): Promise<void> {
    try {
      await inSteps(this.producer, (over) => this.run(output, over));
    } catch (error) {
      throw coded(error);
    }
  }

  private async run({ documents, deadLetters, nextOffset }: Output, over: AbortSignal): Promise<void> {
    const transaction = this.next ?? (await this.producer.transaction());
    this.next = null;
    const { outputTopic, deadLetterTopic, groupId, ingestionTopic } = this.settings;
    await this.send(transaction, outputTopic, documents, over);
    await this.send(transaction, deadLetterTopic, deadLetters, over);
    over.throwIfAborted();
    const partitions = [{ partition: this.partition, offset: String(nextOffset) }];
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: ingestionTopic, partitions }] });
    over.throwIfAborted();
    await transaction.commit();
  }

  private async send(
    transaction: Transaction,
    topic: string,
    records: readonly OutputRecord[],
    over: AbortSignal,
  ): Promise<void> {
    const { outputs } = requestBytes(this.settings.messageBytesMax);
    for (const messages of outputRequests(topic, records, this.partitioner, outputs)) {
      over.throwIfAborted();
      const answers = await transaction.send({ topic, messages: groupQuickly(messages), acks: -1 });
      // kafkajs leaves out, without a word, the messages for a partition that it does not find.
      if (answers.length !== 1) throw new BufferUnavailableError(`Kafka did not acknowledge what goes to ${topic}`);
    }
  }
}

/** Work in time, whose steps ask `over` first: the partition may have another owner by then, who must not be fenced. */
function inSteps<T>(producer: Producer, work: (over: AbortSignal) => Promise<T>): Promise<T> {
  const closing = (over: AbortSignal) =>
    work(over).finally(async () => {
      // Closed long ago, and connected again by kafkajs's own retries.
      if (over.aborted) await disconnect(producer);
    });
  return inTime(COMMIT_TIMEOUT_MS, closing, late);
}

function transactionalIdOf({ groupId, ingestionTopic }: Settings['kafka'], partition: number): string {
  return `${groupId}-${ingestionTopic}-${partition}`;
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
