import { loadSettings } from '../../config.js';
import { ensureRunning, type Target, type TargetOptions, targetOf } from '../connection.js';
import { type ChunkAnswer, ChunkSender, sleep } from '../load/chunk-sender.js';
import { generateCarts, type ShopLine } from '../shop.js';

export interface DemoOptions extends TargetOptions {
  rate: number;
  seconds: number;
  seed?: number;
}

interface Figures {
  sent: number;
  accepted: number;
  rejected: number;
  repeated: number;
  note: string;
}

/** Carts on their way at once. */
const IN_FLIGHT_MAX = 8;
const RETRY_MS = 300_000;
const LAST_ANSWERS_MS = 5_000;
/** How soon its end is noticed while all carts on their way wait for an instance that is away. */
const LOOK_MS = 200;

/**
 * Sends carts, each as one request, at the rate until the time is over or Ctrl-C. While the instance is away the same
 * carts are tried again, and their event ids keep them single. Exit code 0.
 */
export async function demo(options: DemoOptions): Promise<number> {
  const target = targetOf(options, loadSettings(), 'ingest');
  await ensureRunning(target);
  const seed = options.seed ?? Math.floor(Date.now() / 1_000) % 1_000_000_000;
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  say(
    `${options.rate} lines/s to ${target.url}, seed ${seed}${options.seconds === 0 ? '' : `, for ${options.seconds} s`}. Ctrl-C ends it.`,
  );
  say(`Watch it at ${target.url}/dashboard and ${target.url}/dashboard/pipeline`);
  const startedAtMs = performance.now();
  const figures: Figures = { sent: 0, accepted: 0, rejected: 0, repeated: 0, note: '' };
  const line = () => lineOf(figures, (performance.now() - startedAtMs) / 1_000);
  const isTty = process.stderr.isTTY;
  const progress = setInterval(
    () => process.stderr.write(isTty ? `\r${line()}\x1b[K` : `${line()}\n`),
    isTty ? 200 : 5_000,
  );
  try {
    await stream(target, seed, options, stop.signal, figures);
  } finally {
    clearInterval(progress);
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
  if (isTty) process.stderr.write('\r\x1b[K');
  say(line());
  return 0;
}

async function stream(
  target: Target,
  seed: number,
  options: DemoOptions,
  signal: AbortSignal,
  figures: Figures,
): Promise<void> {
  const onWait = (reason: string) => {
    figures.note = `  waiting: ${reason}`;
  };
  // What is on its way when it ends may still arrive, for a while.
  const cut = new AbortController();
  const sender = new ChunkSender(target, { timeoutMs: RETRY_MS, signal: cut.signal, onWait });
  const inFlight = new Set<Promise<void>>();
  const failure: { error?: unknown } = {};
  const startedAtMs = performance.now();
  const endsAtMs = options.seconds === 0 ? Infinity : startedAtMs + options.seconds * 1_000;
  let dueAtMs = startedAtMs;
  const isOver = () => signal.aborted || performance.now() >= endsAtMs || 'error' in failure;
  for (const cart of generateCarts(seed, { now: Date.now })) {
    const now = performance.now();
    if (dueAtMs > now) await sleep(Math.min(dueAtMs, endsAtMs) - now, signal);
    if (isOver()) break;
    // After a pause the rate goes on as before: what was not sent in time is not made up for.
    dueAtMs = Math.max(dueAtMs, performance.now() - 1_000) + (cart.length / options.rate) * 1_000;
    const request = send(sender, cart, figures)
      .catch((error: unknown) => {
        if (!cut.signal.aborted) failure.error = error;
      })
      .finally(() => inFlight.delete(request));
    inFlight.add(request);
    while (inFlight.size >= IN_FLIGHT_MAX && !isOver()) {
      const look = sleep(Math.min(endsAtMs - performance.now(), LOOK_MS), signal);
      await Promise.race([...inFlight, look]);
    }
  }
  const timer = setTimeout(() => {
    cut.abort();
  }, LAST_ANSWERS_MS);
  await Promise.all(inFlight);
  clearTimeout(timer);
  if ('error' in failure) throw failure.error;
}

async function send(sender: ChunkSender, cart: readonly ShopLine[], figures: Figures): Promise<void> {
  const body = Buffer.from(cart.map(({ item }) => `${JSON.stringify(item)}\n`).join(''));
  const idempotencyKey = String(cart[0]?.item['EventId'] ?? 'cart');
  figures.sent += cart.length;
  const answer: ChunkAnswer = await sender.send({ body, contentType: 'application/x-ndjson', idempotencyKey });
  figures.accepted += answer.accepted;
  figures.rejected += answer.rejected;
  figures.repeated += cart.filter(({ expectation }) => expectation === 'duplicate').length;
  figures.note = '';
}

function lineOf({ sent, accepted, rejected, repeated, note }: Figures, seconds: number): string {
  const rate = (sent / Math.max(seconds, 0.001)).toFixed(1);
  return `${seconds.toFixed(0)} s  ${count(sent)} sent  ${count(accepted)} accepted  ${count(rejected)} rejected  ${count(repeated)} sent twice  ${rate} lines/s${note}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const count = (n: number) => n.toLocaleString('en-GB');
