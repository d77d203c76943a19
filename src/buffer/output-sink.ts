import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { SETTINGS, type Settings } from '../config.js';
import { KAFKA } from './kafka-client.js';
import { OutputTransaction } from './output-transaction.js';

/** Opens the Kafka sink of a partition, one at a time, and closes what is open when the application stops. */
@Injectable()
export class OutputSink implements OnApplicationShutdown {
  private readonly open = new Map<number, OutputTransaction>();

  constructor(
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** A fresh sink for the partition; what was open for it before is closed. */
  async take(partition: number): Promise<OutputTransaction> {
    await this.release(partition);
    const transaction = await OutputTransaction.open(this.kafka, this.settings.kafka, partition);
    this.open.set(partition, transaction);
    return transaction;
  }

  /**
   * A fresh sink for the partition, after what former owners of it left undecided in Kafka has been made void; what they
   * committed stays.
   */
  async takeClean(partition: number): Promise<OutputTransaction> {
    await this.release(partition);
    await OutputTransaction.discardLeftovers(this.kafka, this.settings.kafka, partition);
    return this.take(partition);
  }

  async release(partition: number): Promise<void> {
    const transaction = this.open.get(partition);
    this.open.delete(partition);
    await transaction?.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.open.keys()].map((partition) => this.release(partition)));
  }
}
