import { readFileSync } from 'node:fs';

/** What the process was asked to do. */
export const task = JSON.parse(process.argv[2] ?? '{}');

/** The last line that a helper process writes is its result. */
export function report(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** The first `count` lines of a text file. */
export function readLines(file, count = Number.POSITIVE_INFINITY) {
  const lines = readFileSync(file, 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.length > count ? lines.slice(0, count) : lines;
}

/** The key of a canonical item: its invoice number, which stands first. */
export function keyOf(value) {
  const start = '{"InvoiceNo":"'.length;
  return value.slice(start, value.indexOf('"', start));
}

/** The pause before the nth line that is sent at rest: half of `pauseMs` to one and a half of it, so that nothing keeps in step with it. */
export function pauseBefore(n, pauseMs) {
  return new Promise((resume) => setTimeout(resume, pauseMs * (0.5 + ((n * 7) % 10) / 10)));
}
