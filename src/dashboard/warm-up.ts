import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SummaryReader } from '../store/index.js';

/** Reads what the first page will ask for, so that whoever comes first does not wait until all sums are decoded. */
@Injectable()
export class WarmUp implements OnApplicationBootstrap {
  constructor(private readonly summaries: SummaryReader) {}

  onApplicationBootstrap(): void {
    // A store that does not answer yet is told by the page that is asked for.
    this.summaries.read({ from: null, to: null }).catch(() => undefined);
  }
}
