import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { sessionOption } from './snapshot.js';
import type { Head, Heads } from './summary-parts.js';
import { Summary } from './summary.schema.js';

type Place = Pick<Head, 'partition' | 'version'>;

/** What was read while somebody restored the store piece by piece is not good for longer. */
export const KEPT_MS_MAX = 60_000;

/** Before anything was read. */
export const NO_HEADS: Heads = { versions: '', heads: [], wholeAtMs: -Infinity, isContinued: false };

/**
 * Reads the compacted summaries without their breakdowns. Whatever a compaction writes has its version, `all` among it, and
 * later ones of a partition have greater ones; so after a compaction only what is newer is read. Where a version went back,
 * or after a minute of that, all of them are.
 */
@Injectable()
export class SummaryHeads {
  constructor(@InjectModel(Summary.name) private readonly summaries: Model<Summary>) {}

  /** Another one after each compaction. */
  async versions(session?: ClientSession): Promise<string> {
    return markOf(await this.places(session));
  }

  /** All of them, older periods first: `kept`, which callers must not have changed, where nothing was compacted since. */
  async read(kept: Heads, session?: ClientSession): Promise<Heads> {
    const places = await this.places(session);
    const versions = markOf(places);
    const isYoung = performance.now() - kept.wholeAtMs < KEPT_MS_MAX;
    if (versions === kept.versions && (isYoung || !kept.isContinued)) return kept;
    const before = new Map(kept.heads.filter(isAll).map(({ partition, version }) => [partition, version]));
    const isOn = before.size > 0 && [...before].every(([partition, last]) => versionIn(places, partition) >= last);
    if (session === undefined && isYoung && isOn) {
      const heads = new Map(kept.heads.map((head) => [head._id, head]));
      for (const { partition, version } of places) {
        const last = before.get(partition) ?? -1;
        if (version > last)
          for (const head of await this.find({ partition, version: { $gt: last } })) heads.set(head._id, head);
      }
      return { versions, heads: inOrder([...heads.values()]), wholeAtMs: kept.wholeAtMs, isContinued: true };
    }
    const wholeAtMs = performance.now();
    return { versions, heads: inOrder(await this.find({}, session)), wholeAtMs, isContinued: false };
  }

  private places(session?: ClientSession): Promise<Place[]> {
    const options = { ...sessionOption(session), projection: { partition: 1, version: 1 } };
    return this.summaries.collection.find<Place>({ period: 'all' }, options).toArray();
  }

  private find(where: object, session?: ClientSession): Promise<Head[]> {
    const options = { ...sessionOption(session), projection: { breakdown: 0 } };
    return this.summaries.collection.find<Head>(where, options).toArray();
  }
}

function markOf(places: readonly Place[]): string {
  return places
    .map(({ partition, version }) => `${partition}:${version}`)
    .sort()
    .join();
}

function versionIn(places: readonly Place[], partition: number): number {
  return places.find((place) => place.partition === partition)?.version ?? -1;
}

function isAll({ period }: Head): boolean {
  return period === 'all';
}

function inOrder(heads: Head[]): Head[] {
  return heads.sort((a, b) => (a.period < b.period ? -1 : a.period > b.period ? 1 : a.partition - b.partition));
}
