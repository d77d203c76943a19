import { setTimeout as pause } from 'node:timers/promises';
import { itemOf, type OracleLine } from '../helpers/oracle-data.js';
import { until } from '../helpers/oracle-sinks.js';

const INVOICES = 300;
const COUNTRIES = ['United Kingdom', 'France', 'EIRE', 'Germany'];
const ANSWER_MS_MAX = 20_000;
const PATIENCE_MS = 180_000;

/** What the clients of a stream have heard. */
export interface Heard {
  /** Bodies of which every line was taken. */
  acknowledged: number;
  /** Answers that said that nothing can be taken now, by status. */
  refused: Map<number, number>;
  /** Of them, those without Retry-After. */
  withoutRetryAfter: number;
  /** Requests that got no answer. */
  unanswered: number;
}

/**
 * Clients that post bodies of lines without end, each body again and again until every line of it was taken, to any of
 * the addresses. Few invoices, so that all get lines all the time; what belongs to an invoice follows from its number.
 */
export class Stream {
  /** Every line that was sent. */
  readonly lines: OracleLine[] = [];
  readonly heard: Heard = { acknowledged: 0, refused: new Map(), withoutRetryAfter: 0, unanswered: 0 };
  private readonly running: Promise<void>[] = [];
  private stopped = false;
  private abandoned = false;

  constructor(
    private readonly urls: readonly string[],
    private readonly options: { linesABody?: number; pauseMs?: number; events?: string } = {},
  ) {}

  start(clients: number): void {
    for (let n = 0; n < clients; n += 1) {
      const client = this.postForEver();
      // `stop` rejects with it; where a test has failed before that, nobody else is to.
      client.catch(() => undefined);
      this.running.push(client);
    }
  }

  /** Resolves when every body that was begun is taken. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  /** Ends it where it is, for an `afterEach` beside the start: those who take the bodies may be gone. */
  abandon(): void {
    this.stopped = true;
    this.abandoned = true;
  }

  /** Resolves when so many more bodies are taken. */
  async advances(bodies: number, timeoutMs = 60_000): Promise<void> {
    const target = this.heard.acknowledged + bodies;
    await until(
      () => this.heard.acknowledged >= target,
      timeoutMs,
      () => `the clients got no further: ${JSON.stringify({ ...this.heard, refused: [...this.heard.refused] })}`,
    );
  }

  private async postForEver(): Promise<void> {
    for (let turn = 0; !this.stopped; turn += 1) {
      const body = this.nextBody();
      await until(
        () => this.abandoned || this.isTaken(body, this.urls[turn % this.urls.length] ?? ''),
        PATIENCE_MS,
        () => 'a body was never taken',
      );
      this.heard.acknowledged += 1;
      await pause(this.options.pauseMs ?? 20);
    }
  }

  private nextBody(): string {
    const { linesABody = 20 } = this.options;
    const next = () => {
      const line = this.nextLine();
      return JSON.stringify({ EventId: line.eventId, ...itemOf(line) });
    };
    return Array.from({ length: linesABody }, next).join('\n');
  }

  /** One more line, which whoever takes it sends. */
  nextLine(): OracleLine {
    const n = this.lines.length;
    const invoice = (n * 7) % INVOICES;
    const line = {
      eventId: `${this.options.events ?? 's'}:${n}`,
      invoiceNo: String(700_000 + invoice),
      stockCode: String(20_000 + (n % 97)),
      description: `THING ${n % 97}`,
      quantity: 1 + (n % 12),
      invoiceDate: `2011-0${1 + (invoice % 9)}-1${invoice % 10}T08:30:00Z`,
      unitPrice: BigInt(1 + ((n * 31) % 90_000)),
      customerId: invoice % 5 === 0 ? null : 12_000 + (invoice % 50),
      country: COUNTRIES[invoice % COUNTRIES.length] ?? 'France',
    };
    this.lines.push(line);
    return line;
  }

  private async isTaken(body: string, url: string): Promise<boolean> {
    try {
      const headers = { 'content-type': 'application/x-ndjson' };
      const signal = AbortSignal.timeout(ANSWER_MS_MAX);
      const answer = await fetch(`${url}/invoiceitems`, { method: 'POST', headers, body, signal });
      await answer.arrayBuffer();
      if (answer.status === 200) return true;
      const { refused } = this.heard;
      refused.set(answer.status, (refused.get(answer.status) ?? 0) + 1);
      if (answer.headers.get('retry-after') === null) this.heard.withoutRetryAfter += 1;
    } catch {
      // Cut off, or nobody listens: what became of the body is unknown.
      this.heard.unanswered += 1;
    }
    await pause(100);
    return false;
  }
}
