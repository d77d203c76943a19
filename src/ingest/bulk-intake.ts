import { type Appender, type AppendRecord } from '../buffer/index.js';
import { encodeItem, type FieldError, type ItemOptions, parseItem } from '../invoice/index.js';
import type { LineSink } from './readers/line-reader.js';

/** One thing that is wrong with one line of a bulk request. */
export interface LineError extends FieldError {
  line: number;
}

/** What became of the lines of a bulk request so far. */
export interface BulkTally {
  /** Lines that every in-sync replica has acknowledged. */
  accepted: number;
  /** Lines that were refused. */
  rejected: number;
  /** The first hundred errors in order; a line with several bad fields has one for each. */
  errors: readonly LineError[];
}

export interface BulkRequest {
  /** Line n is the event `eventPrefix:n`, unless it names its event itself. */
  eventPrefix: string;
  requestId: string;
  receivedAtMs: number;
  traceparent?: string | undefined;
  options: ItemOptions;
}

/**
 * Turns lines into records and hands them to the buffer in batches. Holds at most one batch; how many more are
 * unacknowledged is bounded by the appender's window, which `flush` waits for.
 */
export class BulkIntake implements LineSink {
  private acknowledged = 0;
  private rejected = 0;
  private readonly errors: LineError[] = [];
  private batch: AppendRecord[] = [];
  private batchChars = 0;
  private readonly inFlight = new Set<Promise<void>>();
  private failure: Error | null = null;

  constructor(
    private readonly appender: Appender,
    private readonly request: BulkRequest,
  ) {}

  take(line: number, value: unknown): void {
    const { eventPrefix, requestId, receivedAtMs, traceparent, options } = this.request;
    const verdict = parseItem(value, options);
    if (!verdict.ok) return this.refuseFields(line, verdict.errors);
    const encoded = encodeItem(verdict.item);
    this.batchChars += encoded.length;
    this.batch.push({
      key: verdict.item.InvoiceNo,
      value: encoded,
      eventId: verdict.eventId ?? `${eventPrefix}:${line}`,
      requestId,
      receivedAtMs,
      traceparent,
    });
  }

  refuse(line: number, message: string): void {
    this.refuseFields(line, [{ field: 'body', message }]);
  }

  /** One line, every field that is wrong with it. */
  refuseFields(line: number, errors: readonly FieldError[]): void {
    this.rejected += 1;
    for (const { field, message } of errors) {
      if (this.errors.length >= ERRORS_MAX) return;
      this.errors.push({ line, field, message });
    }
  }

  get hasBatch(): boolean {
    return this.batch.length > 0;
  }

  get isFull(): boolean {
    return this.batch.length >= BATCH_RECORDS || this.batchChars >= BATCH_CHARS;
  }

  get tally(): BulkTally {
    return { accepted: this.acknowledged, rejected: this.rejected, errors: this.errors };
  }

  /** Queues the batch, as soon as there is room. Rejects when the buffer can't take it, or failed an earlier batch. */
  async flush(): Promise<void> {
    if (this.failure !== null) throw this.failure;
    const { batch } = this;
    if (batch.length === 0) return;
    this.batch = [];
    this.batchChars = 0;
    const { acknowledged } = await this.appender.enqueue(batch);
    const settled: Promise<void> = acknowledged.then(
      () => {
        this.acknowledged += batch.length;
        this.inFlight.delete(settled);
      },
      (error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error('append failed', { cause: error });
        this.inFlight.delete(settled);
      },
    );
    this.inFlight.add(settled);
  }

  /** Resolves when it is known of every queued batch whether Kafka has it; rejects when it has one not. */
  async settle(): Promise<void> {
    await Promise.all(this.inFlight);
    if (this.failure !== null) throw this.failure;
  }
}

const BATCH_RECORDS = 500;
const BATCH_CHARS = 256 * 1_024;
const ERRORS_MAX = 100;
