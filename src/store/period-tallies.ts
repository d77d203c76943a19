import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongoose';
import type { PeriodTally } from '../invoice/index.js';
import { TornSummaryError } from './errors.js';
import { SummaryCache } from './summary-cache.js';
import { SummaryDocuments } from './summary-documents.js';
import type { Head } from './summary-parts.js';

/** The breakdowns of compacted summaries, kept decoded. */
@Injectable()
export class PeriodTallies {
  private readonly cache = new SummaryCache();

  constructor(private readonly documents: SummaryDocuments) {}

  /**
   * Those of the periods, older ones first; only those that are not kept are read.
   * @throws TornSummaryError where one is not there at the version of its head.
   */
  async read(heads: readonly Head[], periods: ReadonlySet<string>, session?: ClientSession): Promise<PeriodTally[]> {
    const wanted = heads.filter(({ period }) => periods.has(period));
    const tallies = new Map<string, PeriodTally>();
    for (const { _id, version } of wanted) {
      const kept = this.cache.period(_id, version);
      if (kept !== undefined) tallies.set(_id, kept);
    }
    const missing = new Map(wanted.filter(({ _id }) => !tallies.has(_id)).map(({ _id, version }) => [_id, version]));
    if (missing.size > 0) {
      for await (const { _id, version, tally } of this.documents.read([...missing.keys()], session)) {
        this.cache.keepPeriod(_id, version, tally);
        if (version === missing.get(_id)) tallies.set(_id, tally);
      }
    }
    return wanted.map(({ _id }) => {
      const tally = tallies.get(_id);
      if (tally === undefined)
        throw new TornSummaryError(`the store: summary ${_id} is not the one that was asked for`);
      return tally;
    });
  }
}
