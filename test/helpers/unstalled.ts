const TICK_MS = 50;

/**
 * How long the work takes by a clock that stands still while this process does, so that only what the work itself waits for
 * counts where others keep the machine busy.
 */
export async function unstalledMs(work: () => Promise<unknown>): Promise<number> {
  let ms = 0;
  const clock = setInterval(() => (ms += TICK_MS), TICK_MS);
  try {
    await work();
  } finally {
    clearInterval(clock);
  }
  return ms;
}
