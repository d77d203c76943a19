import { setTimeout as pause } from 'node:timers/promises';
import { dice } from './random.mjs';

const ANSWER_MS_MAX = 5_000;
const SINGLE_CLIENTS = 6;
const BULK_CLIENTS = 2;
const BULK_LINES_MAX = 60;

/**
 * Clients as they are: some post single lines, some bodies of many; most name their events and send again, to any
 * instance, whatever fails; some name nothing and never send twice. `stop()` ends new posts and resolves when each
 * named one is answered; after `untilMs` those that are not stay unknown.
 */
export class Clients {
  #stopped = false;
  #untilMs = Infinity;
  #running = [];

  constructor({ seed, shop, ledger, availability, urls }) {
    Object.assign(this, { seed, shop, ledger, availability, urls });
    this.retries = 0;
    this.repeats = 0;
    /** Named posts that were given up when the time was over. */
    this.unanswered = 0;
  }

  start() {
    for (let n = 0; n < SINGLE_CLIENTS; n += 1) this.#running.push(this.#run(`single ${n}`, this.#single));
    for (let n = 0; n < BULK_CLIENTS; n += 1) this.#running.push(this.#run(`bulk ${n}`, this.#bulk));
  }

  async stop(graceMs) {
    this.#stopped = true;
    this.#untilMs = performance.now() + graceMs;
    await Promise.all(this.#running);
  }

  async #run(name, turn) {
    const luck = dice(this.seed, name);
    for (let n = 0; !this.#stopped; n += 1) {
      await turn.call(this, luck, `${name.replace(' ', '-')}-${n}`);
      await pause(luck.between(5, 60));
    }
  }

  async #single(luck, id) {
    const isBad = luck.chance(0.05);
    const line = isBad ? this.shop.badLine() : this.shop.line();
    const entry = this.ledger.add(line);
    const key = luck.chance(0.7) ? id : null;
    const post = { path: '/invoiceitem', type: 'application/json', body: JSON.stringify(line), key };
    const answer = await this.#send(luck, post);
    if (answer === null) return;
    entry.state = answer.status === 200 ? 'acknowledged' : answer.status === 400 ? 'refused' : 'unknown';
    if (key === null || answer.status !== 200 || !luck.chance(0.1)) return;
    this.repeats += 1;
    await this.#send(luck, post);
  }

  async #bulk(luck, id) {
    const lines = Array.from({ length: luck.between(2, BULK_LINES_MAX) }, () =>
      luck.chance(0.03) ? this.shop.badLine() : this.shop.line(),
    );
    const entries = lines.map((line) => this.ledger.add(line));
    const body = lines.map((line) => JSON.stringify(line)).join('\n');
    const key = luck.chance(0.7) ? id : null;
    const answer = await this.#send(luck, { path: '/invoiceitems', type: 'application/x-ndjson', body, key });
    if (answer === null || ![200, 207, 400].includes(answer.status)) return;
    const refused = new Set(answer.body.errors.map(({ line }) => line));
    for (const [index, entry] of entries.entries()) entry.state = refused.has(index + 1) ? 'refused' : 'acknowledged';
  }

  /** The answer that settles it; null when there is none: not named and failed once, or out of time. */
  async #send(luck, { path, type, body, key }) {
    const headers = { 'content-type': type, ...(key === null ? {} : { 'idempotency-key': key }) };
    for (;;) {
      const answer = await this.#once(`${luck.pick(this.urls)}${path}`, { method: 'POST', headers, body });
      if (answer !== null && answer.status < 500 && answer.status !== 429) return answer;
      if (key === null) return null;
      if (performance.now() > this.#untilMs) {
        this.unanswered += 1;
        return null;
      }
      this.retries += 1;
      await pause(luck.between(100, 500));
    }
  }

  async #once(url, request) {
    try {
      const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
      const body = await answer.json();
      if (answer.ok) this.availability.served();
      return { status: answer.status, body };
    } catch {
      return null;
    }
  }
}
