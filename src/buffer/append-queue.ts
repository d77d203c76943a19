import { BufferUnavailableError } from './errors.js';
import type { AppendRecord, Position } from './append-record.js';

/** Records that travel together, and the duty to say what became of them. */
export interface Ticket {
  records: readonly AppendRecord[];
  bytes: number;
  acknowledged: Promise<Position[]>;
  resolve(positions: Position[]): void;
  reject(error: Error): void;
}

interface Waiter {
  bytes: number;
  admit(): void;
}

const nothing = () => undefined;

/** What one produce request may carry; kafkajs sends it as one record batch for each partition. */
const REQUEST_BYTES_MAX = 600_000;

/** What kafkajs and Kafka add to a record besides its key and value. */
const RECORD_OVERHEAD_BYTES = 160;

/** The bounded window of records that are accepted and not yet acknowledged; first in, first out. */
export class AppendQueue {
  /** Bytes queued or in flight. */
  bytes = 0;
  private readonly queued: Ticket[] = [];
  private readonly waiters: Waiter[] = [];
  private onAdmit: () => void = nothing;

  constructor(private readonly bytesMax: number) {}

  get waiting(): number {
    return this.queued.length;
  }

  /** True when the next produce request can't carry more; to be asked while none is under way. */
  get fillsRequest(): boolean {
    return this.bytes >= REQUEST_BYTES_MAX;
  }

  /** Queues the records, or answers null when the window is full or streams are already waiting for room. */
  offer(records: readonly AppendRecord[]): Ticket | null {
    const bytes = sizeOf(records);
    if (this.waiters.length > 0 || !this.hasRoom(bytes)) return null;
    return this.admit(records, bytes);
  }

  /** Queues the records as soon as there is room, in order of arrival; rejects when none comes free in time. */
  async wait(records: readonly AppendRecord[], timeoutMs: number): Promise<Ticket> {
    const bytes = sizeOf(records);
    if (this.waiters.length > 0 || !this.hasRoom(bytes)) {
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = { bytes, admit: nothing };
        const timer = setTimeout(() => {
          this.waiters.splice(this.waiters.indexOf(waiter), 1);
          reject(new BufferUnavailableError('no room in the window of unacknowledged records'));
        }, timeoutMs);
        waiter.admit = () => {
          clearTimeout(timer);
          resolve();
        };
        this.waiters.push(waiter);
      });
      this.bytes -= bytes;
    }
    return this.admit(records, bytes);
  }

  /** Resolves once so many tickets are queued, or when the time is over. */
  reaches(count: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.onAdmit = nothing;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.onAdmit = () => {
        if (this.queued.length >= count || this.fillsRequest) done();
      };
    });
  }

  /** The next tickets for one produce request: at least one, then as many as fit. */
  take(): Ticket[] {
    let bytes = 0;
    let count = 0;
    for (const ticket of this.queued) {
      if (count > 0 && bytes + ticket.bytes > REQUEST_BYTES_MAX) break;
      bytes += ticket.bytes;
      count += 1;
    }
    return this.queued.splice(0, count);
  }

  /** Every record of the ticket lies in Kafka. */
  acknowledge(ticket: Ticket, positions: Position[]): void {
    this.release(ticket.bytes);
    ticket.resolve(positions);
  }

  /** What became of the ticket's records is unknown, or they are not in Kafka. */
  fail(ticket: Ticket, error: Error): void {
    this.release(ticket.bytes);
    ticket.reject(error);
  }

  private hasRoom(bytes: number): boolean {
    return this.bytes === 0 || this.bytes + bytes <= this.bytesMax;
  }

  private admit(records: readonly AppendRecord[], bytes: number): Ticket {
    this.bytes += bytes;
    let resolve: Ticket['resolve'] = () => undefined;
    let reject: Ticket['reject'] = () => undefined;
    const acknowledged = new Promise<Position[]>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    const ticket = { records, bytes, acknowledged, resolve, reject };
    this.queued.push(ticket);
    this.onAdmit();
    return ticket;
  }

  private release(bytes: number): void {
    this.bytes -= bytes;
    for (let first = this.waiters[0]; first !== undefined && this.hasRoom(first.bytes); first = this.waiters[0]) {
      this.waiters.shift();
      // The room is taken at once, so that no later arrival gets it before the waiter has run.
      this.bytes += first.bytes;
      first.admit();
    }
  }
}

function sizeOf(records: readonly AppendRecord[]): number {
  let bytes = 0;
  for (const { key, value, eventId, requestId } of records) {
    bytes += key.length + value.length + eventId.length + requestId.length + RECORD_OVERHEAD_BYTES;
  }
  return bytes;
}
