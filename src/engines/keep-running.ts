import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from './errors.js';

/** An engine as its start hands it over. */
interface Running {
  readonly pid: number;
  ended(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface KeepPlan<E extends Running> {
  /** The engine's name for people. */
  name: string;
  /** Whether the engine runs and says that it can serve no more until it is started anew. */
  isBroken?(engine: E): Promise<boolean>;
  /** Starts the engine on the same data and the same address; the signal calls that off. */
  startAgain(before: E, signal: AbortSignal): Promise<E>;
  /** Told, in one line, of each end and each new start. */
  tell(message: string): void;
}

/** An engine that is started again when it ends. */
export interface Kept<E extends Running> {
  /** The one that runs, or ran last. */
  readonly engine: E;
  /** Ends the engine for good. Resolves when its process is gone. */
  stop(): Promise<void>;
  /** From now on it is left alone, whatever becomes of it; a start that is under way is called off. */
  release(): void;
}

/** How often an engine is asked whether it is broken, and the pauses before it is started again, in ms. */
export interface Pace {
  askEveryMs: number;
  pauseMsMin: number;
  pauseMsMax: number;
}

/** The longest pause is short enough that whoever has made room on a disk does not think of starting everything anew. */
const PACE: Pace = { askEveryMs: 5_000, pauseMsMin: 1_000, pauseMsMax: 15_000 };
/** What it says twice is believed. */
const BROKEN_ANSWERS = 2;
/** An engine that ran for so long is good: its next end is not the same trouble as the last one. */
const GOOD_AFTER_MS = 60_000;

/**
 * Starts an engine again whenever its process ends without being asked to, be it killed, crashed, or without room on its
 * disk, and when it says that it is broken: after a second at first, after twice as long each time that it fails or soon
 * ends again, every 15 s at last. One that hangs is left alone: it may come back.
 */
export function keepRunning<E extends Running>(first: E, plan: KeepPlan<E>, pace = PACE): Kept<E> {
  const { askEveryMs, pauseMsMin, pauseMsMax } = pace;
  const over = new AbortController();
  const { signal } = over;
  let engine = first;
  let pauseMs = pauseMsMin;

  const startAgain = async () => {
    for (let told = ''; !signal.aborted; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
      if (!(await passes(pauseMs, signal))) return;
      try {
        engine = await plan.startAgain(engine, signal);
        plan.tell(`${plan.name} runs again.`);
        return;
      } catch (error) {
        const reason = reasonOf(error);
        if (!signal.aborted && reason !== told) plan.tell(`${plan.name} does not start (${reason}). Trying on.`);
        told = reason;
      }
    }
  };
  /** Stops the engine once it is broken; resolves when it has ended, or is not to be looked after any more. */
  const ended = async () => {
    const end = new AbortController();
    void engine.ended(signal).then(() => {
      end.abort();
    });
    for (let broken = 0; await passes(askEveryMs, end.signal);) {
      broken = (await plan.isBroken?.(engine)) === true ? broken + 1 : 0;
      if (broken < BROKEN_ANSWERS || signal.aborted) continue;
      broken = 0;
      await engine.stop();
    }
  };
  const watch = async () => {
    while (!signal.aborted) {
      const sinceMs = performance.now();
      await ended();
      if (signal.aborted) return;
      if (performance.now() - sinceMs > GOOD_AFTER_MS) pauseMs = pauseMsMin;
      plan.tell(`${plan.name} has ended. Starting it again.`);
      await startAgain();
      pauseMs = Math.min(2 * pauseMs, pauseMsMax);
    }
  };
  const watching = watch();
  return {
    get engine() {
      return engine;
    },
    stop: async () => {
      over.abort();
      await watching;
      await engine.stop();
    },
    release: () => {
      over.abort();
    },
  };
}

/** False when it was called off before. */
async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}
