import { ITEM_FIELDS } from '../../invoice/index.js';
import { CliError } from '../cli-error.js';
import type { ChunkAnswer, ChunkSender } from './chunk-sender.js';
import { type Chunk, chunksOf } from './chunks.js';
import { readContent } from './content.js';
import type { LoadProgress, LoadState } from './load-state.js';
import { decoderOf, type JudgeOptions } from './judge.js';
import { RejectionFile, rejectionsOf } from './rejections.js';
import { digestOf, type Survey, upTo } from './survey.js';

/** Requests in the air: the instance works on one while the other is on its way. */
const IN_FLIGHT_MAX = 2;

export interface LoadReport {
  accepted: number;
  rejected: number;
  /** Rows that an earlier, interrupted load had brought in already. */
  resumedRows: number;
  /** Rejected rows that are not in the rejection file, because the instance did not say which they are. */
  unlistedRows: number;
  rejectionFile: string;
}

export interface LoaderOptions {
  url: string;
  /** What the instance calls its data; null: it does not say. */
  installation: string | null;
  item: JudgeOptions['item'];
  signal: AbortSignal;
  onProgress(rows: number, bytes: number, rejected: number): void;
}

/**
 * The second pass: sends the file chunk by chunk and records each acknowledged one, in order. Every line's event id is
 * made of the content's hash and its place, so whatever is sent twice is stored once. CliError when it can't be
 * finished; what was acknowledged is remembered then.
 */
export class Loader {
  constructor(
    private readonly sender: ChunkSender,
    private readonly state: LoadState,
    private readonly options: LoaderOptions,
  ) {}

  async load(file: Survey): Promise<LoadReport> {
    const { url, installation, signal } = this.options;
    const earlier = this.state.read({ url, installation });
    const progress: LoadProgress = earlier ?? { url, installation, chunks: 0, accepted: 0, rejected: 0 };
    const resumedRows = progress.accepted + progress.rejected;
    const rejectionFile = new RejectionFile(file.path);
    await rejectionFile.keepBefore(file.firstLines[progress.chunks] ?? (progress.chunks === 0 ? 1 : Infinity));
    const waiting: { chunk: Chunk; answer: Promise<ChunkAnswer> }[] = [];
    const decode = decoderOf(file.charset);
    let rows = 0;
    let bytes = 0;
    let unlistedRows = 0;
    const settleOldest = async () => {
      const oldest = waiting.shift();
      if (oldest === undefined) return;
      const answer = await oldest.answer;
      refuseHeader(file.path, oldest.chunk, answer);
      const found = rejectionsOf(oldest.chunk, answer, { ...file, item: this.options.item, decode });
      rejectionFile.append(found.rejections);
      unlistedRows += found.unlisted;
      progress.chunks = oldest.chunk.number + 1;
      progress.accepted += answer.accepted;
      progress.rejected += answer.rejected;
      this.state.write(progress);
      rows += oldest.chunk.rows;
      bytes += oldest.chunk.body.length;
      this.options.onProgress(rows, bytes, progress.rejected);
    };
    const settleAll = async () => {
      while (waiting.length > 0) await settleOldest();
    };
    const endBefore = async (line: number): Promise<never> => {
      await settleAll();
      throw changed(file.path, line);
    };
    try {
      let chunks = 0;
      // What was added to it since belongs to another content.
      for await (const chunk of chunksOf(upTo(file.bytes, readContent(file.path, signal)), file.format)) {
        chunks++;
        if (digestOf(chunk) !== file.digests[chunk.number]) return await endBefore(chunk.firstLine);
        if (chunk.number < (earlier?.chunks ?? 0)) {
          rows += chunk.rows;
          bytes += chunk.body.length;
          continue;
        }
        waiting.push(this.post(chunk, file));
        if (waiting.length >= IN_FLIGHT_MAX) await settleOldest();
      }
      if (!signal.aborted && chunks < file.digests.length) return await endBefore(file.firstLines[chunks] ?? 1);
      await settleAll();
    } finally {
      for (const { answer } of waiting) answer.catch(() => undefined);
    }
    if (signal.aborted) throw new CliError('interrupted; run the same command again to go on');
    this.state.remove();
    const { accepted, rejected } = progress;
    return { accepted, rejected, resumedRows, unlistedRows, rejectionFile: rejectionFile.path };
  }

  private post(chunk: Chunk, { hash, charset, format }: Survey): { chunk: Chunk; answer: Promise<ChunkAnswer> } {
    const answer = this.sender.send({
      body: chunk.header.length === 0 ? chunk.body : Buffer.concat([chunk.header, chunk.body]),
      contentType: format === 'csv' ? `text/csv; charset=${charset}` : 'application/x-ndjson',
      idempotencyKey: `load-${hash.slice(0, 16)}-${chunk.number}`,
    });
    // Failures are met where the answer is awaited, which may be later.
    answer.catch(() => undefined);
    return { chunk, answer };
  }
}

/** A header that fits no item makes the whole request unreadable: nothing of it was accepted, and nothing else will be. */
function refuseHeader(path: string, chunk: Chunk, { accepted, errors }: ChunkAnswer): void {
  const faults = accepted > 0 ? [] : errors.filter(({ line }) => line <= chunk.headerLines);
  if (faults.length === 0) return;
  const what = faults.map(({ field, message }) => `${field} ${message}`).join(', ');
  throw new CliError(`${path}: the header row does not fit: ${what}. Name the columns as in ${ITEM_FIELDS.join(',')}`);
}

/** The event ids are those of the content as it was: what is other must not be sent under them. */
function changed(path: string, line: number): CliError {
  const loaded = `what comes before line ${line} is loaded, the rest is not`;
  const way = 'put the file back as it was and run the same command again, or load only what is not loaded yet';
  return new CliError(`${path}: was changed while it was loaded: ${loaded}; ${way}`);
}
