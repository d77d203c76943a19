import { Injectable } from '@nestjs/common';

/** What one micro-batch did. */
export interface MeteredBatch {
  stored: number;
  duplicates: number;
  deadLetters: number;
  durationMs: number;
}

/** Sums over the micro-batches that this process has committed to the store since it started. */
@Injectable()
export class BatchMeter {
  batches = 0;
  stored = 0;
  duplicates = 0;
  deadLetters = 0;
  durationMs = 0;
  /** Null before the first one. */
  lastDurationMs: number | null = null;

  count({ stored, duplicates, deadLetters, durationMs }: MeteredBatch): void {
    this.batches += 1;
    this.stored += stored;
    this.duplicates += duplicates;
    this.deadLetters += deadLetters;
    this.durationMs += durationMs;
    this.lastDurationMs = durationMs;
  }
}
