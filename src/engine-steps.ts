import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 500;

/** How a start that waits is followed and called off. */
export interface StartOptions {
  /** Told when an engine does not answer at first. */
  onWait?: (message: string) => void;
  signal?: AbortSignal;
}

/**
 * The steps of a start that need an engine. One that starts after docstream, or goes away meanwhile, is waited for: a
 * step that fails of that is taken again, until the time is over since the start began. Then, or of an error that does
 * not pass, the step rejects with what the last attempt said. Steps must bear to be taken again. A time of Infinity is for
 * what nobody waits for.
 */
export class EngineSteps {
  private readonly deadline: number;

  constructor(
    startTimeoutMs: number,
    private readonly options: StartOptions,
  ) {
    this.deadline = performance.now() + startTimeoutMs;
  }

  kafka<T>(step: () => Promise<T>): Promise<T> {
    return this.take('Kafka does not answer at KAFKA_BROKERS', step);
  }

  store<T>(step: () => Promise<T>): Promise<T> {
    return this.take('the store does not answer at MONGODB_URI', step);
  }

  private async take<T>(complaint: string, step: () => Promise<T>): Promise<T> {
    const { deadline } = this;
    const { onWait, signal } = this.options;
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await step();
      } catch (error) {
        const isPassing = (error as { isRetriable?: unknown }).isRetriable === true;
        if (!isPassing || performance.now() > deadline) throw error;
        const seconds = Math.ceil((deadline - performance.now()) / 1_000);
        const patience = seconds === Infinity ? 'looking for it meanwhile' : `waiting for it, ${seconds} s at most`;
        if (isFirst) onWait?.(`${complaint} yet; ${patience}`);
      }
      await pause(LOOK_MS, undefined, { ref: true, ...(signal === undefined ? {} : { signal }) });
    }
  }
}
