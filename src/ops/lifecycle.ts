import { Injectable } from '@nestjs/common';

/**
 * Where the process stands between its start and its end. `shutDown` is called before anything closes; what was begun
 * before is counted, so that the stop can wait for it.
 */
@Injectable()
export class Lifecycle {
  private down = false;
  private working = 0;
  private onIdle: () => void = () => undefined;

  get shuttingDown(): boolean {
    return this.down;
  }

  /** From here on readiness answers 503, so that nothing new is sent to this instance while it drains. */
  shutDown(): void {
    this.down = true;
  }

  /** A request that changes something has begun. To be followed by `ended`, once. */
  began(): void {
    this.working += 1;
  }

  ended(): void {
    this.working -= 1;
    if (this.working === 0) this.onIdle();
  }

  /** Resolves when everything that has begun has ended, or when the time is over. */
  async drained(timeoutMs: number): Promise<void> {
    if (this.working === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.onIdle = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
  }
}
