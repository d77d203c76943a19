/** The start log: short lines for the person who types `npm start`. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One step of the start and how long it took. */
export function step(what: string, ms: number): void {
  say(`  ${what.padEnd(58)} ${(ms / 1000).toFixed(1).padStart(6)} s`);
}
