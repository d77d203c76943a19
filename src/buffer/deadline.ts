/** Settles as the promise does, or rejects with what `late` makes once the time is over. kafkajs has no deadlines of its own. */
export async function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** As `within`, for work of several steps: the signal tells it, once the time is over, that nobody waits for it any more. */
export function inTime<T>(ms: number, work: (over: AbortSignal) => Promise<T>, late: () => Error): Promise<T> {
  const over = new AbortController();
  return within(ms, work(over.signal), () => {
    over.abort();
    return late();
  });
}
