import { Injectable } from '@nestjs/common';
import { type ConsumerStatus, initialStatus } from './consumer-status.js';
import type { Verdict } from './micro-batch.js';

/** Where the consumer of this process says how it stands. */
@Injectable()
export class ConsumerBoard {
  status: ConsumerStatus = initialStatus();
  /** Hears of each change: what a thread that consumes tells the main one. */
  onChange: ((status: ConsumerStatus) => void) | null = null;

  /** What another board says. */
  show(status: ConsumerStatus): void {
    this.change(status);
  }

  joined(assigned: number[]): void {
    this.change({ state: 'running', assigned, stopped: new Map(), waiting: new Map() });
  }

  /**
   * Whether batches of the partition are for this process. With several brokers a fetch of the assignment before may arrive
   * under the new one.
   */
  takes(partition: number): boolean {
    return this.status.assigned.includes(partition) && !this.status.stopped.has(partition);
  }

  crashed(): void {
    this.change({ state: 'crashed', assigned: [] });
  }

  stopped(): void {
    this.change({ state: 'stopped' });
  }

  /** The partition waits for something. */
  waits(partition: number, reason: string): void {
    this.status.waiting.set(partition, reason);
    this.change({});
  }

  /** What became of a micro-batch. */
  ended(partition: number, verdict: Verdict): void {
    if (verdict.kind === 'retry') return this.waits(partition, verdict.reason);
    this.status.waiting.delete(partition);
    if (verdict.kind === 'stop') this.status.stopped.set(partition, verdict.reason);
    this.change({});
  }

  private change(part: Partial<ConsumerStatus>): void {
    Object.assign(this.status, part);
    this.onChange?.(this.status);
  }
}
