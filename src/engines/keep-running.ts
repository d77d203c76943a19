import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from './errors.js';

/** An engine as its start hands it over. */
interface Running {
  readonly pid: number;
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
  /** From now on it is left alone, whatever becomes of it. */
  release(): void;
}

/** How often a process is looked for, and the pauses before it is started again, in ms. */
export interface Pace {
  lookEveryMs: number;
  pauseMsMin: number;
  pauseMsMax: number;
}

/** The longest pause is short enough that whoever has made room on a disk does not think of starting everything anew. */
const PACE: Pace = { lookEveryMs: 500, pauseMsMin: 1_000, pauseMsMax: 15_000 };
/** Every tenth look asks the engine, and what it says twice is believed. */
const LOOKS_A_QUESTION = 10;
const BROKEN_ANSWERS = 2;
/** An engine that ran for so long is good: its next end is not the same trouble as the last one. */
const GOOD_AFTER_MS = 60_000;

/**
 * Starts an engine again whenever its process ends without being asked to, be it killed, crashed, or without room on its
 * disk, and when it says that it is broken: after a second at first, after twice as long each time that it fails or soon
 * ends again, every 15 s at last. One that hangs is left alone: it may come back. An adopted engine is no child of this
 * process, so its end is looked for twice a second.
 */
export function keepRunning<E extends Running>(first: E, plan: KeepPlan<E>, pace = PACE): Kept<E> {
  const { lookEveryMs, pauseMsMin, pauseMsMax } = pace;
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
  /** Resolves when the engine has ended, or was stopped for being broken, or is not to be looked after any more. */
  const ended = async () => {
    for (let looks = 1, broken = 0; isAlive(engine.pid) && (await passes(lookEveryMs, signal)); looks++) {
      if (looks % LOOKS_A_QUESTION !== 0) continue;
      broken = (await plan.isBroken?.(engine)) === true ? broken + 1 : 0;
      if (broken === BROKEN_ANSWERS) await engine.stop();
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

/** Node.js waits for its children, so none of them stays as a zombie. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
