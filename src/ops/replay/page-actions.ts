import { Injectable } from '@nestjs/common';
import type { DeadLetterFilter, ReplayJobView, Who } from '../../store/index.js';
import { DeadLetterService } from './dead-letter-service.js';

/** What the pages of the dashboard ask for, with the dashboard on record as who asked. */
@Injectable()
export class PageActions {
  constructor(private readonly letters: DeadLetterService) {}

  async replay(id: string, item: object | null, key: string | null): Promise<{ place: string }> {
    const { location } = await this.letters.replay(id, item, through(key));
    return { place: location.slice(location.lastIndexOf('/') + 1) };
  }

  replayMatching(filter: DeadLetterFilter, key: string | null): Promise<ReplayJobView | null> {
    return this.letters.replayMatching(filter, through(key));
  }

  discard(id: string, key: string | null): Promise<void> {
    return this.letters.discard(id, through(key));
  }

  discardMatching(filter: DeadLetterFilter, key: string | null): Promise<number> {
    return this.letters.discardMatching(filter, through(key));
  }
}

function through(key: string | null): Who {
  return { by: 'dashboard', key };
}
