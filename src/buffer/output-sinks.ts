import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { SETTINGS, type Settings } from '../config.js';
import { KAFKA } from './kafka-client.js';
import { OutputSink } from './output-sink.js';

/** The Kafka sinks of the partitions of this instance: opens one at a time for each, and closes what is open when the application stops. */
@Injectable()
export class OutputSinks implements OnApplicationShutdown {
  private readonly open = new Map<number, OutputSink>();

  constructor(
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** A fresh sink for the partition; what was open for it before is closed. */
  async take(partition: number): Promise<OutputSink> {
    await this.release(partition);
    const sink = await OutputSink.open(this.kafka, this.settings.kafka, partition);
    this.open.set(partition, sink);
    return sink;
  }

  /**
   * A fresh sink for the partition, after what former owners of it left undecided in Kafka has been made void; what they
   * committed stays.
   */
  async takeClean(partition: number): Promise<OutputSink> {
    await this.release(partition);
    await OutputSink.discardLeftovers(this.kafka, this.settings.kafka, partition);
    return this.take(partition);
  }

  async release(partition: number): Promise<void> {
    const sink = this.open.get(partition);
    this.open.delete(partition);
    await sink?.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.open.keys()].map((partition) => this.release(partition)));
  }
}
