import { Injectable } from '@nestjs/common';

/** Where the process stands between its start and its end: `shutDown` is called before anything closes. */
@Injectable()
export class Lifecycle {
  private down = false;

  get shuttingDown(): boolean {
    return this.down;
  }

  /** From here on readiness answers 503, so that nothing new is sent to this instance while it drains. */
  shutDown(): void {
    this.down = true;
  }
}
