import { Coalesced, settlesWithin } from '../../coalesced.js';

/** A value, and when it was read. */
export interface Reading<T> {
  value: T;
  /** What was stored before that moment is in it. */
  at: Date;
  /** Read for whoever asked: what was stored before the question is in it. */
  isFresh: boolean;
}

interface Limits {
  /**
   * How long a fresh value is waited for while values change, as they do for `CALM_MS` after a reading that gave another
   * object than the one before it; at rest however long it takes. After a reading that took longer while values change there
   * is a rest of `RESTS` times as long, in which its value is the answer, so that pages leave a busy process and store to
   * their work. While values flow, one younger than `FLOW_AGE_MS` is the answer at once, and a newer one is read behind it.
   */
  patienceMs: number;
  /** How old that one may be. */
  ageMsMax: number;
  /** How many keys are remembered; the one that was asked for longest ago goes first. */
  keysMax: number;
}

interface Read<T> {
  value: T;
  /** Its begin, on the clock of `performance.now()`. */
  beganMs: number;
  at: Date;
}

interface Kept<T> {
  last: Read<T> | null;
  /** When readings gave another value than the one before them, the last `FLOW_CHANGES` times, on the same clock. */
  changedMs: readonly number[];
  /** Until when it rests, on the same clock. */
  restsUntilMs: number;
  reading: Coalesced<Read<T>>;
}

/** Readings take a quarter of the time; more where the next value would come after the last one is too old. */
const RESTS = 3;

/** Longer than a busy store stands still between two micro-batches. */
const CALM_MS = 10_000;

/** Values flow where so many of them came within so long: lines come in all the time, rather than one that a person sent. */
const FLOW_CHANGES = 3;
const FLOW_MS = 5_000;

/** What nobody can tell from newer figures, where those change before they are read. */
const FLOW_AGE_MS = 1_000;

/**
 * Readings of something that is quick at rest and slow under load, such as sums of a store that takes a large batch. An
 * answer is fresh when nothing changes, or it comes in time and values do not flow; else it is the newest one, bounded in age
 * and with its time.
 * However many ask, at most one reading of a key runs and one waits to run, and slow ones do not follow one upon the other.
 */
export class Patience<T> {
  private readonly kept = new Map<string, Kept<T>>();

  constructor(
    private readonly read: (key: string) => Promise<T>,
    private readonly limits: Limits,
  ) {}

  /** Rejects as the reading does, where no value is young enough to fall back on. */
  async ask(key: string): Promise<Reading<T>> {
    const askedMs = performance.now();
    const kept = this.keptOf(key);
    if (kept.last !== null && this.rests(kept, askedMs)) return told(kept.last, askedMs);
    const { patienceMs, ageMsMax } = this.limits;
    const flowAgeMs = Math.min(FLOW_AGE_MS, ageMsMax);
    if (kept.last !== null && this.flows(kept, askedMs) && askedMs - kept.last.beganMs < flowAgeMs) {
      // One that fails is asked for again, and waited for when this value is older.
      if (kept.reading.runningForMs === 0) kept.reading.ask().catch(() => undefined);
      return told(kept.last, askedMs);
    }
    const reading = kept.reading.ask();
    const isRead = reading.then(
      () => true,
      () => false,
    );
    const inTime = (!this.changes(kept, askedMs) || (await settlesWithin(patienceMs, isRead))) && (await isRead);
    const { last } = kept;
    const isYoung = last !== null && performance.now() - last.beganMs <= ageMsMax;
    return told(inTime || !isYoung ? await reading : last, askedMs);
  }

  private changes({ changedMs }: Kept<T>, atMs: number): boolean {
    return atMs - (changedMs.at(-1) ?? -Infinity) < CALM_MS;
  }

  private flows({ changedMs }: Kept<T>, atMs: number): boolean {
    return atMs - (changedMs.at(-FLOW_CHANGES) ?? -Infinity) < FLOW_MS;
  }

  private rests(kept: Kept<T>, atMs: number): boolean {
    return this.changes(kept, atMs) && atMs < kept.restsUntilMs;
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
      changedMs: [],
      restsUntilMs: 0,
      reading: new Coalesced(() => this.readNow(key, kept)),
    };
    return kept;
  }

  private async readNow(key: string, kept: Kept<T>): Promise<Read<T>> {
    const beganMs = performance.now();
    const at = new Date();
    // It was asked for while the reading ran that is followed by this rest.
    if (kept.last !== null && this.rests(kept, beganMs)) return kept.last;
    const value = await this.read(key);
    const endedMs = performance.now();
    const { patienceMs, ageMsMax } = this.limits;
    const tookMs = endedMs - beganMs;
    const restMs = Math.min(RESTS * tookMs, ageMsMax - 2 * tookMs);
    if (kept.last !== null && value !== kept.last.value)
      kept.changedMs = [...kept.changedMs, endedMs].slice(-FLOW_CHANGES);
    if (this.changes(kept, endedMs) && tookMs > patienceMs) kept.restsUntilMs = endedMs + restMs;
    kept.last = { value, beganMs, at };
    return kept.last;
  }
}

function told<T>({ value, beganMs, at }: Read<T>, askedMs: number): Reading<T> {
  return { value, at, isFresh: beganMs >= askedMs };
}
