import { Injectable } from '@nestjs/common';
import type { DeadLetterFilter, ReplayJobView } from '../../store/index.js';
import { DeadLetterService } from './dead-letter-service.js';

/** What the pages of the dashboard ask for, with the dashboard on record as who asked. */
@Injectable()
export class PageActions {
  constructor(private readonly letters: DeadLetterService) {}

  async replay(id: string, item: object | null): Promise<{ place: string }> {
    const { location } = await this.letters.replay(id, item, 'dashboard');
    return { place: location.slice(location.lastIndexOf('/') + 1) };
  }

  replayMatching(filter: DeadLetterFilter): Promise<ReplayJobView | null> {
    return this.letters.replayMatching(filter, 'dashboard');
  }

  discard(id: string): Promise<void> {
    return this.letters.discard(id, 'dashboard');
  }

  discardMatching(filter: DeadLetterFilter): Promise<number> {
    return this.letters.discardMatching(filter, 'dashboard');
  }
}
