import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

/** Short against what a person notices, long against what a turn of the loop costs. */
const MS_MAX = 10;

/** Long work in the one process that also answers requests: called between its steps, it lets everything else run. */
export class Turns {
  private sinceMs = performance.now();

  /** Resolves at once, unless the work has kept everything else waiting for 10 ms; then after whatever waits has run. */
  async pass(): Promise<void> {
    if (performance.now() - this.sinceMs < MS_MAX) return;
    await turnOfTheLoop();
    this.sinceMs = performance.now();
  }
}
