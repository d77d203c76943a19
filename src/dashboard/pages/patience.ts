import { Coalesced, settlesWithin } from '../../coalesced.js';

/** A value, and when it was read. */
export interface Reading<T> {
  value: T;
  at: Date;
  /** Read for whoever asked: what was stored before the question is in it. */
  isFresh: boolean;
}

interface Limits {
  /** How long a fresh value is waited for while there is an older one: after a quick reading, and after a slow one. */
  patienceMs: number;
  hurriedPatienceMs: number;
  /** How old that one may be. */
  ageMsMax: number;
  /**
   * A reading that took longer is slow. A rest of `RESTS` times as long follows it, in which the last value is the answer,
   * so that pages leave a busy process and store to their work.
   */
  quickMsMax: number;
  /** How many keys are remembered; the one that was asked for longest ago goes first. */
  keysMax: number;
}

interface Kept<T> {
  last: { value: T; atMs: number } | null;
  /** The last reading was. */
  isSlow: boolean;
  /** On the clock of `performance.now()`. */
  restsUntilMs: number;
  reading: Coalesced<T>;
}

/** Readings take a quarter of the time at most. */
const RESTS = 3;

/**
 * Readings of something that is quick at rest and slow under load, such as sums of a store that takes a large batch. An
 * answer is fresh when it comes in time; else it is the newest one, bounded in age and with its time. However many
 * ask, at most one reading of a key runs and one waits to run, and slow ones do not follow one upon the other.
 */
export class Patience<T> {
  private readonly kept = new Map<string, Kept<T>>();

  constructor(
    private readonly read: (key: string) => Promise<T>,
    private readonly limits: Limits,
  ) {}

  /** Rejects as the reading does, where no value is young enough to fall back on. */
  async ask(key: string): Promise<Reading<T>> {
    const kept = this.keptOf(key);
    if (kept.last !== null && performance.now() < kept.restsUntilMs) return older(kept.last);
    const fresh = kept.reading.ask();
    const { patienceMs, hurriedPatienceMs } = this.limits;
    const waitMs = kept.isSlow ? hurriedPatienceMs : patienceMs;
    const inTime = kept.last !== null && (await settlesWithin(waitMs, fresh));
    const { last } = kept;
    if (inTime || last === null || Date.now() - last.atMs > this.limits.ageMsMax) {
      return { value: await fresh, at: new Date(), isFresh: true };
    }
    fresh.catch(() => undefined);
    return older(last);
  }

  private keptOf(key: string): Kept<T> {
    const kept = this.kept.get(key) ?? this.newKept(key);
    this.kept.delete(key);
    this.kept.set(key, kept);
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.limits.keysMax && oldest !== undefined) this.kept.delete(oldest);
    return kept;
  }

  private newKept(key: string): Kept<T> {
    const kept: Kept<T> = {
      last: null,
      isSlow: false,
      restsUntilMs: 0,
      reading: new Coalesced(async () => {
        const beganMs = performance.now();
        const value = await this.read(key);
        const endedMs = performance.now();
        const tookMs = endedMs - beganMs;
        kept.isSlow = tookMs > this.limits.quickMsMax;
        if (kept.isSlow) kept.restsUntilMs = endedMs + Math.min(RESTS * tookMs, this.limits.ageMsMax);
        kept.last = { value, atMs: Date.now() };
        return value;
      }),
    };
    return kept;
  }
}

function older<T>({ value, atMs }: { value: T; atMs: number }): Reading<T> {
  return { value, at: new Date(atMs), isFresh: false };
}
