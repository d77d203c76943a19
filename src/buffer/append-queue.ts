import { BufferUnavailableError } from './errors.js';
import type { AppendRecord, Position } from './append-record.js';
import { requestBytes } from './request-bytes.js';

/** Records that travel together, and the duty to say what became of them. */
export interface Ticket {
  records: readonly AppendRecord[];
  bytes: number;
  acknowledged: Promise<Position[]>;
  resolve(positions: Position[]): void;
  reject(error: Error): void;
  /** The half of the window that the ticket takes room in. */
  half: Half;
  /** Its room is free again. */
  isSettled: boolean;
}

/** Half of the window: posts have one, streams the other. */
interface Half {
  /** Queued or in flight. */
  bytes: number;
  readonly queued: Ticket[];
}

interface Waiter {
  bytes: number;
  admit(): void;
}

const nothing = () => undefined;

/** What kafkajs and Kafka add to a record besides its key and value. */
const RECORD_OVERHEAD_BYTES = 160;

/**
 * The bounded window of records that are accepted and not yet acknowledged. Posts and streams have half of it each, and
 * posts go first: who sends one line neither waits nor is turned away because another sends a million. Within each
 * half, first in is first out.
 */
export class AppendQueue {
  private readonly posts: Half = { bytes: 0, queued: [] };
  private readonly streams: Half = { bytes: 0, queued: [] };
  private readonly waiters: Waiter[] = [];
  private onPost: () => void = nothing;

  constructor(
    private readonly bytesMax: number,
    private readonly request = requestBytes(),
  ) {}

  /** Bytes queued or in flight. */
  get bytes(): number {
    return this.posts.bytes + this.streams.bytes;
  }

  /** Posts that are queued. */
  get postsWaiting(): number {
    return this.posts.queued.length;
  }

  /** Whether a stream has queued something. */
  get hasStreams(): boolean {
    return this.streams.queued.length > 0;
  }

  /** Queues the record of a post, or answers null when there is no room. */
  offer(record: AppendRecord): Ticket | null {
    const records = [record];
    const bytes = sizeOf(records);
    if (!this.hasRoom(this.posts, bytes)) return null;
    this.posts.bytes += bytes;
    const ticket = ticketOf(records, bytes, this.posts);
    this.onPost();
    return ticket;
  }

  /** Queues the records of a stream as soon as there is room, in order of arrival; rejects when none comes in time. */
  async wait(records: readonly AppendRecord[], timeoutMs: number): Promise<Ticket> {
    const bytes = sizeOf(records);
    if (this.waiters.length === 0 && this.hasRoom(this.streams, bytes)) this.streams.bytes += bytes;
    else await this.room(bytes, timeoutMs);
    return ticketOf(records, bytes, this.streams);
  }

  /** Resolves once so many posts are queued, or when the time is over. */
  reaches(count: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.onPost = nothing;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.onPost = () => {
        if (this.postsWaiting >= count) done();
      };
    });
  }

  /** The next tickets for one produce request: at least one of each kind that waits, then as many as fit. */
  take(): Ticket[] {
    const { appended, posts: postsMax } = this.request;
    const posts = takeFrom(this.posts.queued, this.hasStreams ? postsMax : appended);
    const bytes = posts.reduce((sum, ticket) => sum + ticket.bytes, 0);
    return [...posts, ...takeFrom(this.streams.queued, appended - bytes)];
  }

  /** Every record of the ticket lies in Kafka. */
  acknowledge(ticket: Ticket, positions: Position[]): void {
    this.release(ticket);
    ticket.resolve(positions);
  }

  /** What became of the ticket's records is unknown, or they are not in Kafka. */
  fail(ticket: Ticket, error: Error): void {
    this.release(ticket);
    ticket.reject(error);
  }

  /** What is larger than the half may go alone. */
  private hasRoom(half: Half, bytes: number): boolean {
    return half.bytes === 0 || half.bytes + bytes <= this.bytesMax / 2;
  }

  /** Takes room for a stream once there is some. */
  private room(bytes: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new BufferUnavailableError('no room in the window of unacknowledged records'));
      }, timeoutMs);
      const waiter = {
        bytes,
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.waiters.push(waiter);
    });
  }

  private release(ticket: Ticket): void {
    // An acknowledgement may still come after its time was over.
    if (ticket.isSettled) return;
    ticket.isSettled = true;
    const { half, bytes } = ticket;
    half.bytes -= bytes;
    for (
      let [first] = this.waiters;
      first !== undefined && this.hasRoom(this.streams, first.bytes);
      [first] = this.waiters
    ) {
      this.waiters.shift();
      // The room is taken at once, so that no later arrival gets it before the waiter has run.
      this.streams.bytes += first.bytes;
      first.admit();
    }
  }
}

function ticketOf(records: readonly AppendRecord[], bytes: number, half: Half): Ticket {
  let resolve: Ticket['resolve'] = nothing;
  let reject: Ticket['reject'] = nothing;
  const acknowledged = new Promise<Position[]>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const ticket = { records, bytes, acknowledged, resolve, reject, half, isSettled: false };
  half.queued.push(ticket);
  return ticket;
}

/** From the front of the queue: at least one, then as many as fit. */
function takeFrom(queue: Ticket[], bytesMax: number): Ticket[] {
  let bytes = 0;
  let count = 0;
  for (const ticket of queue) {
    if (count > 0 && bytes + ticket.bytes > bytesMax) break;
    bytes += ticket.bytes;
    count += 1;
  }
  return queue.splice(0, count);
}

function sizeOf(records: readonly AppendRecord[]): number {
  let bytes = 0;
  for (const record of records) bytes += bytesOf(record);
  return bytes;
}

/** As many bytes as the record takes in a request, or more. */
export function bytesOf({ key, value, eventId, requestId }: AppendRecord): number {
  return key.length + Buffer.byteLength(value) + eventId.length + requestId.length + RECORD_OVERHEAD_BYTES;
}
