import type { FieldError } from '../../invoice/index.js';
import { CliError } from '../cli-error.js';
import { authorization, type Target } from '../connection.js';

/** What the instance says of one request: every line of it is counted. */
export interface ChunkAnswer {
  accepted: number;
  rejected: number;
  /** The first 100; `line` counts in the request. */
  errors: (FieldError & { line: number })[];
}

export interface ChunkRequest {
  body: Buffer;
  contentType: string;
  idempotencyKey: string;
}

export interface SenderOptions {
  /** How long one request is tried again while the instance can't take it, ms. */
  timeoutMs: number;
  signal: AbortSignal;
  onWait(reason: string): void;
}

const BACKOFF_MS_MIN = 200;
const BACKOFF_MS_MAX = 5_000;
/**
 * A request that is not answered by then, after as long as its body takes over the slowest line, is sent again; the
 * idempotency key makes that harmless.
 */
const ANSWER_TIMEOUT_MS = 120_000;
/** 128 kbit/s for each of two requests that share a line. */
const SLOWEST_BYTES_PER_SECOND = 16_000;
const PASSING = new Set([408, 429, 502, 503, 504]);

/** The instance can't take the request now; it may be sent again after `afterMs`. */
class NotNow extends Error {
  constructor(
    message: string,
    readonly afterMs: number | null,
  ) {
    super(message);
  }
}

/**
 * Posts requests to `/invoiceitems`. While the instance is busy, restarting or gone the same request is sent again with
 * growing pauses (or after what Retry-After says) until the time is over. CliError for an answer that will not change.
 */
export class ChunkSender {
  constructor(
    private readonly target: Target,
    private readonly options: SenderOptions,
  ) {}

  async send(request: ChunkRequest): Promise<ChunkAnswer> {
    const deadline = performance.now() + this.options.timeoutMs;
    for (let pause = BACKOFF_MS_MIN; ; pause = Math.min(2 * pause, BACKOFF_MS_MAX)) {
      try {
        return await this.once(request);
      } catch (error) {
        if (!(error instanceof NotNow) || this.options.signal.aborted) throw error;
        const wait = error.afterMs ?? pause;
        if (performance.now() + wait > deadline) {
          throw new CliError(
            `${error.message} for ${Math.round(this.options.timeoutMs / 1_000)} s; run the same command again to go on`,
          );
        }
        this.options.onWait(error.message);
        await sleep(wait, this.options.signal);
      }
    }
  }

  private async once({ body, contentType, idempotencyKey }: ChunkRequest): Promise<ChunkAnswer> {
    const { url } = this.target;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}/invoiceitems`, {
        method: 'POST',
        headers: { 'content-type': contentType, 'idempotency-key': idempotencyKey, ...authorization(this.target) },
        body: new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength),
        signal: AbortSignal.any([this.options.signal, AbortSignal.timeout(answerTimeoutMs(body.length))]),
      });
      text = await response.text();
    } catch {
      throw new NotNow(`docstream at ${url} did not answer`, null);
    }
    if (PASSING.has(response.status)) {
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const afterMs = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 60) * 1_000 : null;
      // A rate is over in a second; wrong keys are not, and whoever waits is to know.
      const detail = response.status === 429 ? parsed(text)['detail'] : undefined;
      const why = typeof detail === 'string' ? `: ${detail}` : '';
      throw new NotNow(`docstream at ${url} can't take more (HTTP ${response.status}${why})`, afterMs);
    }
    return answerOf(response.status, text, url);
  }
}

/** How long the answer to a body of so many bytes is waited for, ms. */
export function answerTimeoutMs(bytes: number): number {
  return ANSWER_TIMEOUT_MS + Math.ceil((bytes / SLOWEST_BYTES_PER_SECOND) * 1_000);
}

/** The counts of an answer; CliError when it has none. */
function answerOf(status: number, text: string, url: string): ChunkAnswer {
  const found = parsed(text);
  const { accepted, rejected, errors } = found;
  const counted = typeof accepted === 'number' && typeof rejected === 'number' && Array.isArray(errors);
  // Blank lines at the end of a file are no lines: nothing of them is wrong.
  const isBlank = counted && accepted + rejected + errors.length === 0;
  if (counted && (status === 200 || status === 207 || (status === 400 && (rejected > 0 || isBlank)))) {
    return { accepted, rejected, errors: errors as ChunkAnswer['errors'] };
  }
  if (status === 401) {
    throw new CliError(`docstream at ${url} refused the API key: give it with --api-key KEY or in DOCSTREAM_API_KEYS`);
  }
  if (status === 404) throw new CliError(`what answers at ${url} is not a docstream that takes items: check --url`);
  const detail = [found['detail'], found['title']].find((part) => typeof part === 'string');
  throw new CliError(
    `docstream at ${url} refused the request (HTTP ${status}): ${String(detail ?? 'no reason was given')}`,
  );
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Resolves after the time, or at once when the signal comes. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
