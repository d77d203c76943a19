import { appendFileSync, createReadStream, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse/sync';
import { decodeItem, type FieldError, type ItemOptions, parseItem } from '../../invoice/index.js';
import { fileError } from '../cli-error.js';
import type { ChunkAnswer } from './chunk-sender.js';
import type { Chunk } from './chunks.js';
import type { FileFormat } from './content.js';
import { RecordScanner } from './record-scanner.js';

/** One line of `FILE.rejected.ndjson`. */
export interface Rejection {
  /** The physical line of the file that the record begins at. */
  line: number;
  errors: FieldError[];
  /** The record as it stands in the file, at most 64 KiB of it. */
  raw: string;
}

const RAW_CHARS_MAX = 65_536;

/** The errors that an answer may hold. */
const LISTED_MAX = 100;

/**
 * Why lines of a chunk (in UTF-8) were refused: what the instance says of them, and where there are more than it lists,
 * what the same rules say here.
 */
export function rejectionsOf(chunk: Chunk, answer: ChunkAnswer, format: FileFormat, options: ItemOptions): Rejection[] {
  if (answer.rejected === 0) return [];
  const headerLines = countNewlines(chunk.header);
  const listed = new Map<number, FieldError[]>();
  for (const { line, field, message } of answer.errors) {
    // A line of the request counts from the header's first; in the file the header stands only at the top.
    const at = chunk.firstLine + line - 1 - headerLines;
    const errors = listed.get(at) ?? [];
    errors.push({ field, message });
    listed.set(at, errors);
  }
  const partial = answer.errors.length >= LISTED_MAX || listed.size < answer.rejected;
  const judge = partial ? judgeOf(chunk, format, options) : () => null;
  const rejections: Rejection[] = [];
  for (const { line, raw } of recordsIn(chunk, format)) {
    const errors = (partial ? judge(raw) : null) ?? listed.get(line);
    listed.delete(line);
    if (errors !== undefined) rejections.push({ line, errors, raw: raw.slice(0, RAW_CHARS_MAX) });
  }
  for (const [line, errors] of listed) rejections.push({ line, errors, raw: '' });
  return rejections;
}

/** `FILE.rejected.ndjson`: made with the first rejection, and not there when everything was accepted. */
export class RejectionFile {
  readonly path: string;

  constructor(loadedPath: string) {
    this.path = `${loadedPath}.rejected.ndjson`;
  }

  /** Forgets what an earlier load wrote, except for the lines before `line`, which stay rejected. */
  async keepBefore(line: number): Promise<void> {
    if (!existsSync(this.path)) return;
    if (line <= 1) {
      rmSync(this.path);
      return;
    }
    const draft = `${this.path}.tmp`;
    writeFileSync(draft, '');
    for await (const text of createInterface({ input: createReadStream(this.path), crlfDelay: Infinity })) {
      if (lineOf(text) < line) appendFileSync(draft, `${text}\n`);
    }
    renameSync(draft, this.path);
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

function* recordsIn(chunk: Chunk, format: FileFormat): Generator<{ line: number; raw: string }> {
  const scanner = new RecordScanner(format);
  let from = 0;
  while (from < chunk.body.length) {
    const line = chunk.firstLine + scanner.lines;
    const end = scanner.next(chunk.body, from);
    const raw = chunk.body.toString('utf8', from, end === -1 ? chunk.body.length : end).replace(/\r?\n$/, '');
    from = end === -1 ? chunk.body.length : end;
    yield { line, raw };
  }
}

/** The field rules as the instance applies them: the errors of a record, null when it is good or empty. */
function judgeOf(chunk: Chunk, format: FileFormat, options: ItemOptions): (raw: string) => FieldError[] | null {
  if (format === 'ndjson') {
    return (raw) => {
      const verdict = raw.trim() === '' ? null : decodeItem(raw, options);
      return verdict === null || verdict.ok ? null : verdict.errors;
    };
  }
  const columns = cellsOf(chunk.header.toString('utf8').replace(/\r?\n$/, '')) ?? [];
  return (raw) => {
    if (raw.trim() === '') return null;
    const cells = cellsOf(raw);
    if (cells?.length !== columns.length) return [{ field: 'body', message: `must have ${columns.length} columns` }];
    const verdict = parseItem(Object.fromEntries(columns.map((column, at) => [column, cells[at]])), options);
    return verdict.ok ? null : verdict.errors;
  };
}

function cellsOf(raw: string): string[] | undefined {
  try {
    const rows: string[][] = parse(raw, { relax_quotes: true });
    return rows[0];
  } catch {
    return undefined;
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function lineOf(text: string): number {
  try {
    return (JSON.parse(text) as Rejection).line;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
