import { Coalesced, settlesWithin } from '../coalesced.js';

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
  private readonly reading: Coalesced<void>;

  /** @param silence what to say when no answer came in time, or none at all. */
  constructor(
    read: () => Promise<T>,
    private readonly silence: string,
  ) {
    this.reading = new Coalesced(async () => {
      try {
        this.value = await read();
        this.error = null;
      } catch {
        this.error = this.silence;
      }
    });
  }

  /** Reads anew and waits up to `deadlineMs`; never rejects. */
  async fresh(deadlineMs: number): Promise<Known<T>> {
    // A reading that has hung for so long already will most likely hang on; it gets a moment to prove otherwise.
    const hangs = this.reading.runningForMs > 0.9 * deadlineMs;
    const inTime = await settlesWithin(hangs ? Math.min(deadlineMs, MOMENT_MS) : deadlineMs, this.reading.ask());
    return { value: this.value, error: inTime ? this.error : this.silence };
  }
}
