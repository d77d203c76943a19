/**
 * What the clients know of each line, by its token: `acknowledged` (a 2xx named it accepted), `refused` (a 4xx or the
 * list of errors named it), or `unknown` (no answer that says which).
 */
export class Ledger {
  #entries = new Map();

  /** A line that is about to be sent. */
  add(line) {
    const entry = { line, state: 'unknown' };
    this.#entries.set(line.Description, entry);
    return entry;
  }

  get(token) {
    return this.#entries.get(token);
  }

  get entries() {
    return [...this.#entries.values()];
  }

  get counts() {
    const counts = { acknowledged: 0, refused: 0, unknown: 0 };
    for (const { state } of this.#entries.values()) counts[state] += 1;
    return counts;
  }
}

/** When clients were served, and for how long nobody was. */
export class Availability {
  #servedAtMs = performance.now();
  #outageMs = 0;
  longestMs = 0;
  answers = 0;

  /** Some client got its 2xx. */
  served() {
    this.#closeGap();
    this.answers += 1;
  }

  /** Nobody asks any more: an outage that nothing has ended is one as well. */
  ended() {
    this.#closeGap();
  }

  get outageSeconds() {
    return this.#outageMs / 1_000;
  }

  #closeGap() {
    const now = performance.now();
    const gapMs = now - this.#servedAtMs;
    // Clients pause for less than this between their requests.
    if (gapMs > 1_000) this.#outageMs += gapMs;
    this.longestMs = Math.max(this.longestMs, gapMs);
    this.#servedAtMs = now;
  }
}
