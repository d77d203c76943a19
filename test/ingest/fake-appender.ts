import type { AppendRecord, Position } from '../../src/buffer/index.js';

/** Stands in for Kafka where a test has to force what Kafka seldom does; it keeps what it was given, in order. */
export class FakeAppender {
  readonly records: AppendRecord[] = [];
  count = 0;
  /** Thrown by every call while set. */
  failure: Error | null = null;
  /** From this many records on, acknowledgements fail with this error. */
  failAcknowledgement: { from: number; error: Error } | null = null;
  /** While set, `enqueue` finds no room until it resolves. */
  room: Promise<void> | null = null;

  append(record: AppendRecord): Promise<Position> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.keep([record]);
    return Promise.resolve({ partition: 1, offset: this.count - 1 });
  }

  async enqueue(records: readonly AppendRecord[]): Promise<{ acknowledged: Promise<void> }> {
    if (this.failure !== null) throw this.failure;
    if (this.room !== null) await this.room;
    const broken = this.failAcknowledgement !== null && this.count >= this.failAcknowledgement.from;
    if (broken) return { acknowledged: rejected(this.failAcknowledgement?.error) };
    this.keep(records);
    return { acknowledged: new Promise((resolve) => setImmediate(resolve)) };
  }

  private keep(records: readonly AppendRecord[]): void {
    this.count += records.length;
    this.records.push(...records);
  }
}

function rejected(error: unknown): Promise<void> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}
