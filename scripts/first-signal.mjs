/**
 * Calls `end` at the first signal that asks for the end, and does nothing at further ones: a terminal and its parent may
 * both send one, and what was started must not be left behind for that.
 */
export function atFirstSignal(end) {
  let isEnding = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (isEnding) return;
      isEnding = true;
      end();
    });
  }
}
