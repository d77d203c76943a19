import { setTimeout as pause } from 'node:timers/promises';
import { reachKafka } from './buffer/index.js';
import type { Settings } from './config.js';
import { reachStore } from './store/index.js';

const LOOK_MS = 500;

/** How a start that waits is followed and called off. */
export interface StartOptions {
  /** Told once for each engine that does not answer at first. */
  onWait?: (message: string) => void;
  signal?: AbortSignal;
}

/**
 * Resolves when Kafka and the store answer. An engine that starts after docstream is waited for, both together no longer
 * than DOCSTREAM_START_TIMEOUT_MS; then it rejects with what the last attempt said.
 */
export async function enginesReachable(settings: Settings, options: StartOptions): Promise<void> {
  const deadline = performance.now() + settings.startTimeoutMs;
  await reached('Kafka does not answer at KAFKA_BROKERS', deadline, options, () => reachKafka(settings.kafka));
  await reached('the store does not answer at MONGODB_URI', deadline, options, () => reachStore(settings.store));
}

async function reached(
  complaint: string,
  deadline: number,
  { onWait, signal }: StartOptions,
  attempt: () => Promise<void>,
): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await attempt();
    } catch (error) {
      const isPassing = (error as { isRetriable?: unknown }).isRetriable === true;
      if (!isPassing || performance.now() > deadline) throw error;
      const seconds = Math.ceil((deadline - performance.now()) / 1_000);
      if (isFirst) onWait?.(`${complaint} yet; waiting for it, ${seconds} s at most`);
    }
    await pause(LOOK_MS, undefined, { ref: true, ...(signal === undefined ? {} : { signal }) });
  }
}
