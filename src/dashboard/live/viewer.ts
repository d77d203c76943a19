import type { ServerResponse } from 'node:http';

const HEARTBEAT_MS = 15_000;
/** Whoever has not read for so long is gone. */
const BLOCKED_MS_MAX = 30_000;
const RETRY_MS = 2_000;

/** What a viewer is told: the next event after a version; null when there is none, `over` when there will be none. */
export type NextEvent = (since: number) => { version: number; text: string } | 'over' | null;

/**
 * One open page that gets events. At most one event waits in its connection: while the reader is behind, nothing is
 * written, and what it gets then is the newest, so a page that does not read costs no memory.
 */
export class Viewer {
  private blockedSinceMs: number | null = null;
  private readonly heartbeat: NodeJS.Timeout;

  /** @param since the version that the page has already. */
  constructor(
    private readonly response: ServerResponse,
    private since: number,
    private readonly next: NextEvent,
  ) {
    response.on('drain', () => {
      this.blockedSinceMs = null;
      this.tell();
    });
    this.heartbeat = setInterval(() => {
      this.beat();
    }, HEARTBEAT_MS).unref();
    response.once('close', () => {
      clearInterval(this.heartbeat);
    });
    this.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Sends what is new, unless the reader is behind. */
  tell(): void {
    if (this.blockedSinceMs !== null) return;
    const event = this.next(this.since);
    if (event === 'over') return this.end();
    if (event === null) return;
    this.since = event.version;
    this.write(event.text);
  }

  /** Ends the answer; the page knows that it may come again. */
  end(): void {
    if (this.blockedSinceMs === null) this.response.end();
    else this.response.destroy();
  }

  /** A comment, so that nothing between takes the connection for dead. */
  private beat(): void {
    if (this.blockedSinceMs === null) this.write(': still here\n\n');
    else if (performance.now() - this.blockedSinceMs > BLOCKED_MS_MAX) this.response.destroy();
  }

  private write(text: string): void {
    if (!this.response.write(text)) this.blockedSinceMs = performance.now();
  }
}
