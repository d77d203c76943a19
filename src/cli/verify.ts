import { Verifier, type VerifyFigures } from '../store/index.js';
import { withStore } from './with-store.js';
import { settingsOfRunning } from './connection.js';
import { printable } from './printable.js';
import { soFar } from './so-far.js';

const PROGRESS_MS = 250;

/** Prints each difference as one line on standard output, and the figures at the end. Exit code 1 when there is one. */
export async function verify(): Promise<number> {
  const settings = settingsOfRunning({ store: true });
  return withStore(settings, async (context) => {
    const startedAtMs = performance.now();
    const figures: VerifyFigures = { invoices: 0, lines: 0, batches: 0, summaries: 0, differences: 0 };
    const progress = process.stderr.isTTY
      ? setInterval(() => process.stderr.write(`\r${count(figures.lines)} lines ...\x1b[K`), PROGRESS_MS)
      : undefined;
    try {
      for await (const difference of context.get(Verifier).differences(figures)) {
        clearLine();
        soFar.exitCode = 1;
        process.stdout.write(`${printable(difference)}\n`);
      }
    } finally {
      clearInterval(progress);
      clearLine();
    }
    const { invoices, lines, batches, summaries, differences } = figures;
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
    const seen = `${count(lines)} lines, ${count(invoices)} invoices, ${count(batches)} micro-batches, ${count(summaries)} summaries`;
    process.stdout.write(
      `${differences === 0 ? 'no difference' : `${count(differences)} differences`}: ${seen} (${seconds} s)\n`,
    );
    return differences === 0 ? 0 : 1;
  });
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

const count = (n: number) => n.toLocaleString('en-GB');
