import type { Consumer, EachBatchHandler, Kafka } from 'kafkajs';
import type { Settings } from '../config.js';
import { within } from './deadline.js';
import { createConsumer } from './group-consumer.js';

/**
 * A consumer on its way into the group and out of it, once each. kafkajs can't be stopped while it joins: it forgets
 * what is to be stopped, joins all the same, and holds its partitions for ever. So leaving waits for the join.
 */
export class Member {
  readonly consumer: Consumer;
  private running: Promise<void> = Promise.resolve();
  private leaving = false;

  constructor(
    kafka: Kafka,
    private readonly settings: Settings['kafka'],
  ) {
    this.consumer = createConsumer(kafka, settings);
  }

  /**
   * Joins the group and consumes; offsets are the caller's business. Resolves once it has joined, was told to leave, or
   * crashed in joining, which kafkajs tells by its event alone. Rejects when it can't connect or subscribe.
   */
  async join(eachBatch: EachBatchHandler): Promise<void> {
    const { consumer, settings } = this;
    await consumer.connect();
    if (!this.leaving) await consumer.subscribe({ topics: [settings.ingestionTopic], fromBeginning: true });
    // What was disconnected while it connected is connected again.
    if (this.leaving) return await consumer.disconnect();
    this.running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: Math.max(3, settings.partitions),
      eachBatch,
    });
    await this.running;
  }

  /** Leaves the group; after this time it goes on leaving by itself. Never rejects. */
  async leave(msMax: number): Promise<void> {
    this.leaving = true;
    await within(msMax, this.depart(), () => new Error('late')).catch(() => undefined);
  }

  private async depart(): Promise<void> {
    await this.running.catch(() => undefined);
    await this.consumer.disconnect();
  }
}
