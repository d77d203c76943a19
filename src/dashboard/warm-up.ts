import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SummaryReader } from '../store/index.js';

/**
 * Reads what the first pages will ask for, so that whoever comes first does not wait until all sums are decoded: those of
 * the overview, then those of the months, which the pages of customers, products and countries share.
 */
@Injectable()
export class WarmUp implements OnApplicationBootstrap {
  constructor(private readonly summaries: SummaryReader) {}

  onApplicationBootstrap(): void {
    // A store that does not answer yet is told by the page that is asked for.
    void this.read().catch(() => undefined);
  }

  private async read(): Promise<void> {
    await this.summaries.read({ from: null, to: null });
    await this.summaries.series('customers', '');
  }
}
