import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config.js';
import { failureWarning } from './failure-share.js';

/** What one micro-batch did. */
export interface MeteredBatch {
  partition: number;
  stored: number;
  duplicates: number;
  deadLetters: number;
  durationMs: number;
}

/** How long a warning is shown. */
const WARNED_MS = 60 * 60_000;

/** Sums over the micro-batches that this process has committed to the store since it started. */
@Injectable()
export class BatchMeter {
  /** Set in a thread, whose micro-batches are counted by the meter of the main one. */
  forward: ((batch: MeteredBatch) => void) | null = null;
  batches = 0;
  stored = 0;
  duplicates = 0;
  deadLetters = 0;
  durationMs = 0;
  /** Null before the first one. */
  lastDurationMs: number | null = null;
  /** Micro-batches with an implausible share of failures. */
  implausible = 0;
  private readonly logger = new Logger(BatchMeter.name);
  private warned: { message: string; untilMs: number } | null = null;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  count(batch: MeteredBatch): void {
    if (this.forward === null) this.add(batch);
    else this.forward(batch);
  }

  /** The last warning of the last hour, null when there is none. */
  get warning(): string | null {
    return this.warned !== null && performance.now() < this.warned.untilMs ? this.warned.message : null;
  }

  private add({ partition, stored, duplicates, deadLetters, durationMs }: MeteredBatch): void {
    this.batches += 1;
    this.stored += stored;
    this.duplicates += duplicates;
    this.deadLetters += deadLetters;
    this.durationMs += durationMs;
    this.lastDurationMs = durationMs;
    const outcome = { partition, records: stored + duplicates + deadLetters, deadLetters };
    const message = failureWarning(outcome, this.settings.processing.failureShareWarnPercent);
    if (message === null) return;
    this.implausible += 1;
    this.warned = { message, untilMs: performance.now() + WARNED_MS };
    this.logger.warn(message);
  }
}
