import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { within } from './deadline.js';
import type { KeyPartitioner } from './key-partitioner.js';

/**
 * A producer whose identity lasts from its first use until it is dropped. It must be dropped after a failed send: with
 * the end of that request unknown, its sequence numbers would go to other records, and the broker would take those for
 * repeats, acknowledge them and drop them.
 */
export class IdempotentProducer {
  private producer: Promise<Producer> | null = null;

  constructor(private readonly kafka: Kafka) {}

  /** Connected and with an identity. */
  get(): Promise<Producer> {
    if (this.producer !== null) return this.producer;
    const opened = this.open().catch((error: unknown) => {
      // Dropped and opened anew in between, it is another one's.
      if (this.producer === opened) this.producer = null;
      throw error;
    });
    this.producer = opened;
    return opened;
  }

  /**
   * The same, and not older than the partitions that the partitioner knows. Takes no further step and rejects once
   * `over`: what is in use by then is others'.
   */
  async getFor(partitioner: KeyPartitioner, over: AbortSignal): Promise<Producer> {
    const isGrown = await partitioner.ready();
    over.throwIfAborted();
    if (isGrown) await this.drop();
    over.throwIfAborted();
    const producer = await this.get();
    over.throwIfAborted();
    return producer;
  }

  /** Disconnects; the next use has a new identity. */
  async drop(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    const closing = (producer ?? Promise.resolve(null)).then((open) => open?.disconnect());
    await within(2_000, closing, () => new Error('late')).catch(() => undefined);
  }

  private async open(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      // It may have a connection, and no identity.
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }
}
