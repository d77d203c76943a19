import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SummaryReader } from '../store/index.js';

const LOOK_MS = 5_000;

/**
 * Reads what the next page will ask for, so that whoever comes first does not wait until all sums are decoded: those of the
 * overview, then those of the months, which the pages of customers, products and countries share. At the start, and again
 * when summaries were compacted and then none for a few seconds: while many lines come in, their compactions follow each
 * other faster than anybody looks.
 */
@Injectable()
export class WarmUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;
  private seen: string | null = null;
  private read: string | null = null;

  constructor(private readonly summaries: SummaryReader) {}

  onApplicationBootstrap(): void {
    this.lookAgain(0);
  }

  beforeApplicationShutdown(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  private lookAgain(afterMs: number): void {
    if (this.isOver) return;
    this.timer = setTimeout(() => {
      // A store that does not answer is told by the page that is asked for.
      void this.look()
        .catch(() => undefined)
        .finally(() => {
          this.lookAgain(LOOK_MS);
        });
    }, afterMs).unref();
  }

  private async look(): Promise<void> {
    const compaction = await this.summaries.compaction();
    const isQuiet = compaction === this.seen || this.read === null;
    this.seen = compaction;
    if (!isQuiet || this.read === compaction) return;
    await this.summaries.read({ from: null, to: null });
    await this.summaries.series('customers', '');
    this.read = compaction;
  }
}
