import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import { inTime, within } from './deadline.js';
import { BufferUnavailableError } from './errors.js';
import { KAFKA } from './kafka-client.js';

const ANSWER_TIMEOUT_MS = 10_000;

/** The one admin connection of the process, made when it is first needed and again after a failure. */
@Injectable()
export class KafkaAdmin implements OnApplicationShutdown {
  private admin: Promise<Admin> | null = null;

  constructor(@Inject(KAFKA) private readonly kafka: Kafka) {}

  /** Asks Kafka; rejects with BufferUnavailableError when it does not answer in time. */
  async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const connected = this.connected();
    const asking = (over: AbortSignal) =>
      connected.then(question).finally(async () => {
        // Closed long ago, and connected again by kafkajs's own retries.
        if (over.aborted) await this.drop(connected);
      });
    try {
      return await inTime(ANSWER_TIMEOUT_MS, asking, () => new BufferUnavailableError('Kafka did not answer in time'));
    } catch (error) {
      await this.drop(connected);
      if (error instanceof BufferUnavailableError) throw error;
      throw new BufferUnavailableError('Kafka does not answer', 2, { cause: error });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.admin !== null) await this.drop(this.admin);
  }

  private connected(): Promise<Admin> {
    this.admin ??= (async () => {
      const admin = this.kafka.admin();
      await admin.connect();
      return admin;
    })();
    return this.admin;
  }

  /** Closes this connection. A newer one, which others have made since, stays: they would fail for nothing. */
  private async drop(admin: Promise<Admin>): Promise<void> {
    if (this.admin === admin) this.admin = null;
    await within(
      2_000,
      admin.then((open) => open.disconnect()),
      () => new Error('the admin connection did not close in time'),
    ).catch(() => undefined);
  }
}
