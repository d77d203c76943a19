import type { EachBatchPayload } from 'kafkajs';

type Member = Pick<EachBatchPayload, 'heartbeat' | 'isRunning'>;

/**
 * Runs the task while telling the group that this member lives: kafkajs does so only when asked, and a task that waits
 * for a slow store would otherwise lose its partitions. Rejects after the task when the group has moved on meanwhile.
 */
export async function alive<T>({ heartbeat }: Member, everyMs: number, task: () => Promise<T>): Promise<T> {
  let moved: unknown;
  const timer = setInterval(() => {
    heartbeat().catch((error: unknown) => (moved ??= error));
  }, everyMs);
  try {
    const result = await task();
    if (moved !== undefined) throw moved;
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** Waits as a living member of the group. */
export async function waitAlive({ heartbeat, isRunning }: Member, ms: number): Promise<void> {
  const until = performance.now() + ms;
  do {
    await new Promise((resume) => setTimeout(resume, Math.min(500, ms)));
    await heartbeat();
  } while (isRunning() && performance.now() < until);
}
