import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ClientSession } from 'mongoose';
import { findCell, type ProductTally, type SummaryPart } from '../invoice/index.js';
import { TornSummaryError } from './errors.js';
import { SummaryDocuments } from './summary-documents.js';
import type { Head } from './summary-parts.js';

/** What is kept, in characters: bytes, unless there are others than those of Latin-1. */
const CHARS_MAX = 24_000_000;

/** The breakdown of a period in a partition. */
export interface PeriodText {
  period: string;
  /** One text, or one for each piece. */
  pieces: readonly string[];
}

interface Kept {
  /** It is good for this version of the summary and no other. */
  version: number;
  pieces: readonly string[];
}

/**
 * The breakdowns of compacted summaries as they stand in the store, kept so that a page that is asked for again does not
 * read them again; bounded, oldest use out first. Decoded they would take five times as much; and to look for one key takes
 * a fraction of decoding all.
 */
@Injectable()
export class PeriodTexts {
  private readonly cache = new LRUCache<string, Kept>({
    maxSize: CHARS_MAX,
    sizeCalculation: ({ pieces }) => 1 + pieces.reduce((sum, { length }) => sum + length, 0),
  });

  constructor(private readonly documents: SummaryDocuments) {}

  /**
   * Those of the periods, older ones first; only those that are not kept are read.
   * @throws TornSummaryError where one is not there at the version of its head.
   */
  async read(
    heads: readonly Head[],
    periods: ReadonlySet<string>,
    session?: ClientSession,
  ): Promise<readonly PeriodText[]> {
    const wanted = heads.filter(({ period }) => periods.has(period));
    const found = new Map<string, readonly string[]>();
    const missing = new Map<string, number>();
    for (const { _id, version } of wanted) {
      const kept = this.cache.get(_id);
      if (kept?.version === version) found.set(_id, kept.pieces);
      else missing.set(_id, version);
    }
    if (missing.size > 0) {
      for await (const { _id, version, texts: pieces } of this.documents.readTexts([...missing.keys()], session)) {
        this.cache.set(_id, { version, pieces });
        if (version === missing.get(_id)) found.set(_id, pieces);
      }
    }
    return wanted.map(({ _id, period }) => {
      const pieces = found.get(_id);
      if (pieces === undefined)
        throw new TornSummaryError(`the store: summary ${_id} is not the one that was asked for`);
      return { period, pieces };
    });
  }

  /** Keeps none of what was read so far. */
  clear(): void {
    this.cache.clear();
  }
}

/** One key of a period, as `findCell` does: no key stands in two pieces. */
export function findIn({ pieces }: PeriodText, part: SummaryPart, key: string): ProductTally | undefined {
  for (const piece of pieces) {
    const cell = findCell(piece, part, key);
    if (cell !== undefined) return cell;
  }
  return undefined;
}
