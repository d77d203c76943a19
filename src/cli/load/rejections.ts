import { appendFileSync, createReadStream, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { FieldError } from '../../invoice/index.js';
import { fileError } from '../cli-error.js';
import type { ChunkAnswer } from './chunk-sender.js';
import type { Chunk } from './chunks.js';
import { type Judgement, judge, type JudgeOptions } from './judge.js';
import { RecordScanner } from './record-scanner.js';

/** One line of `FILE.rejected.ndjson`. */
export interface Rejection {
  /** The physical line of the file that the record begins at. */
  line: number;
  /** The errors in one text. */
  reason: string;
  errors: FieldError[];
  /** The record as it stands in the file, at most 64 Ki characters of it. */
  raw: string;
}

const RAW_CHARS_MAX = 65_536;

/** The errors that an answer may hold. */
const LISTED_MAX = 100;

/**
 * Why lines of a chunk were refused: what the instance says of them, and where there are more than it lists, what the
 * same readers and rules say here. Where those find other lines than the instance refused, because it reads dates in
 * another order, only what it says counts, and `unlisted` are the lines that it says nothing of.
 */
export function rejectionsOf(
  chunk: Chunk,
  answer: ChunkAnswer,
  options: JudgeOptions,
): { rejections: Rejection[]; unlisted: number } {
  if (answer.rejected === 0) return { rejections: [], unlisted: 0 };
  const judgement = judge(chunk, options);
  const listed = listedErrors(chunk, answer);
  const judged = new Map([...judgement.errors, ...listed]);
  const isAlike = answer.errors.length >= LISTED_MAX && judged.size === answer.rejected;
  const errors = isAlike ? judged : listed;
  const rejections = [...records(chunk, judgement, options)].flatMap(({ line, raw }) => {
    const found = errors.get(line);
    if (found === undefined) return [];
    const reason = found.map(({ field, message }) => `${field} ${message}`).join('; ');
    return [{ line, reason, errors: found, raw: raw.slice(0, RAW_CHARS_MAX) }];
  });
  return { rejections, unlisted: Math.max(0, answer.rejected - errors.size) };
}

/** What the answer says of each line, by the file's own line numbers. The last one may be cut short, and is left out then. */
function listedErrors(chunk: Chunk, { errors }: ChunkAnswer): Map<number, FieldError[]> {
  const listed = new Map<number, FieldError[]>();
  for (const { line, field, message } of errors) {
    const at = lineInFile(chunk, line);
    const found = listed.get(at) ?? [];
    found.push({ field, message });
    listed.set(at, found);
  }
  const last = errors.at(-1);
  if (last !== undefined && errors.length >= LISTED_MAX) listed.delete(lineInFile(chunk, last.line));
  return listed;
}

/** A line of the request counts from the header's first; in the file the header stands only at the top. */
export function lineInFile(chunk: Chunk, line: number): number {
  return chunk.firstLine + line - 1 - chunk.headerLines;
}

/** The records as they were read: one of several lines whose quotes are broken is read line by line. */
function* records(chunk: Chunk, { read }: Judgement, options: JudgeOptions): Generator<{ line: number; raw: string }> {
  const scanner = new RecordScanner(options.format);
  for (let from = 0, end = 0; from < chunk.body.length; from = end) {
    const line = chunk.firstLine + scanner.lines;
    end = scanner.next(chunk.body, from);
    if (end === -1) end = chunk.body.length;
    const raw = options.decode(chunk.body.subarray(from, end)).replace(/\r?\n$/, '');
    const lines = raw.split('\n');
    const isSplit = lines.some((_, index) => index > 0 && read.has(line + index));
    if (!isSplit) yield { line, raw };
    else for (const [index, text] of lines.entries()) yield { line: line + index, raw: text.replace(/\r$/, '') };
  }
}

/** `FILE.rejected.ndjson`: made with the first rejection, and not there when everything was accepted. */
export class RejectionFile {
  readonly path: string;

  constructor(loadedPath: string) {
    this.path = `${loadedPath}.rejected.ndjson`;
  }

  /** Forgets what an earlier load wrote, except for the lines before `line`, which stay rejected. */
  async keepBefore(line: number): Promise<void> {
    try {
      if (!existsSync(this.path)) return;
      const draft = `${this.path}.tmp`;
      writeFileSync(draft, '');
      let kept = 0;
      for await (const text of createInterface({ input: createReadStream(this.path), crlfDelay: Infinity })) {
        if (lineOf(text) >= line) continue;
        appendFileSync(draft, `${text}\n`);
        kept++;
      }
      if (kept > 0) renameSync(draft, this.path);
      else for (const file of [draft, this.path]) rmSync(file);
    } catch (error) {
      throw fileError(this.path, error);
    }
  }

  append(rejections: readonly Rejection[]): void {
    if (rejections.length === 0) return;
    try {
      appendFileSync(this.path, rejections.map((rejection) => `${JSON.stringify(rejection)}\n`).join(''));
    } catch (error) {
      throw fileError(this.path, error);
    }
  }
}

function lineOf(text: string): number {
  try {
    return (JSON.parse(text) as Rejection).line;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
