/** What was read last, and what is wrong with reading it now. */
export interface Known<T> {
  /** Null: it could never be read so far. */
  value: T | null;
  /** Null: the last reading succeeded. */
  error: string | null;
}

const MOMENT_MS = 250;

/**
 * A reading of something that may be down or hang. However many ask, at most one reading runs and one waits to run, so
 * an outage piles nothing up; each answer comes within its deadline, and never from before it was asked for unless it
 * says that something is wrong.
 */
export class LastKnown<T> {
  private value: T | null = null;
  private error: string | null = null;
  private running: Promise<void> | null = null;
  private runningSinceMs = 0;
  private queued: Promise<void> | null = null;

  /** @param silence what to say when no answer came in time, or none at all. */
  constructor(
    private readonly read: () => Promise<T>,
    private readonly silence: string,
  ) {}

  /** Reads anew and waits up to `deadlineMs`; never rejects. */
  async fresh(deadlineMs: number): Promise<Known<T>> {
    // A reading that has hung for so long already will most likely hang on; it gets a moment to prove otherwise.
    const hangs = this.running !== null && performance.now() - this.runningSinceMs > 0.9 * deadlineMs;
    const inTime = await settlesWithin(hangs ? Math.min(deadlineMs, MOMENT_MS) : deadlineMs, this.begin());
    return { value: this.value, error: inTime ? this.error : this.silence };
  }

  private begin(): Promise<void> {
    if (this.running === null) {
      this.runningSinceMs = performance.now();
      this.running = this.run();
      return this.running;
    }
    this.queued ??= this.running.then(() => {
      this.queued = null;
      return this.begin();
    });
    return this.queued;
  }

  private async run(): Promise<void> {
    try {
      this.value = await this.read();
      this.error = null;
    } catch {
      this.error = this.silence;
    } finally {
      this.running = null;
    }
  }
}

async function settlesWithin(ms: number, promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
