/**
 * A question that many ask: at most one runs and one waits to run, so an outage or a flood piles nothing up, and each
 * asker gets an answer that was begun after it asked.
 */
export class Coalesced<T> {
  private running: Promise<T> | null = null;
  private runningSinceMs = 0;
  private queued: Promise<T> | null = null;

  constructor(private readonly question: () => Promise<T>) {}

  /** Settles as the question does. */
  ask(): Promise<T> {
    // First of all, because the one that ran may have ended just now, and the one that waits not have begun.
    if (this.queued !== null) return this.queued;
    if (this.running === null) return this.begin();
    this.queued = this.running.then(
      () => this.next(),
      () => this.next(),
    );
    return this.queued;
  }

  /** How long the one that runs has been running; 0 when none does. */
  get runningForMs(): number {
    return this.running === null ? 0 : performance.now() - this.runningSinceMs;
  }

  private next(): Promise<T> {
    this.queued = null;
    return this.begin();
  }

  private begin(): Promise<T> {
    this.runningSinceMs = performance.now();
    const running = this.question().finally(() => {
      if (this.running === running) this.running = null;
    });
    this.running = running;
    return running;
  }
}

/** Whether the promise settles in time; never rejects. */
export async function settlesWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
