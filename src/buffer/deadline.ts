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

/** As `within`, for work of several steps: the signal tells it, from then on, that nobody waits for it any more. */
export async function inTime<T>(ms: number, work: (over: AbortSignal) => Promise<T>, late: () => Error): Promise<T> {
  const over = new AbortController();
  try {
    return await within(ms, work(over.signal), late);
  } finally {
    over.abort();
  }
}
