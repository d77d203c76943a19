import { mongo } from 'mongoose';
import type { Settings } from '../config.js';
import { storeError } from './errors.js';
import { STORE_MODELS } from './models.js';
import { type OwnerSessionRecord, OwnerSessionSchema } from './owner-session.schema.js';

/** A store as an operator would look at it. */
export interface StoreFacts {
  version: string;
  /** The local store for development, which speaks MongoDB's protocol. */
  isSecantus: boolean;
  kind: 'replica set' | 'sharded cluster' | 'standalone';
  isWritable: boolean;
  /** How far its clock is ahead of this machine's, ms, give or take the time of a request; null: it did not tell. */
  clockAheadMs: number | null;
  collections: readonly CollectionFacts[];
  /** Partitions (`topic:partition`) that have stopped. */
  stopped: readonly { partition: string; reason: string }[];
}

export interface CollectionFacts {
  name: string;
  exists: boolean;
  /** Declared indexes that are not there, and those that are there with other options; `{ at: -1 }` and the like. */
  missing: readonly string[];
  different: readonly { index: string; name: string }[];
}

type Index = { key: Record<string, unknown>; name?: string } & Record<string, unknown>;

/** Reads all of it and changes nothing. Rejects with StoreUnavailableError, soon, when the store does not answer. */
export async function lookAtStore({ uri, database, timeoutMs }: Settings['store']): Promise<StoreFacts> {
  const client = new mongo.MongoClient(uri ?? '', { serverSelectionTimeoutMS: Math.min(timeoutMs, 5_000) });
  try {
    await client.connect();
    const admin = client.db('admin');
    const askedAtMs = Date.now();
    const hello = await admin.command({ hello: 1 });
    const answeredAtMs = Date.now();
    const build = await admin.command({ buildInfo: 1 });
    const localTime: unknown = hello['localTime'];
    const db = client.db(database);
    const existing = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
    const collections: CollectionFacts[] = [];
    for (const { schema } of STORE_MODELS) {
      const name = schema.get('collection') ?? '';
      const found = existing.has(name) ? ((await db.collection(name).indexes()) as Index[]) : [];
      collections.push({ name, exists: existing.has(name), ...compare(schema.indexes(), found) });
    }
    return {
      version: String(build['version']),
      isSecantus: build['secantusVersion'] !== undefined,
      kind: hello['setName'] ? 'replica set' : hello['msg'] === 'isdbgrid' ? 'sharded cluster' : 'standalone',
      isWritable: hello['isWritablePrimary'] === true,
      clockAheadMs: localTime instanceof Date ? localTime.getTime() - (askedAtMs + answeredAtMs) / 2 : null,
      collections,
      stopped: await stoppedIn(db),
    };
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.close().catch(() => undefined);
  }
}

async function stoppedIn(db: mongo.Db): Promise<StoreFacts['stopped']> {
  const name = OwnerSessionSchema.get('collection') ?? '';
  const found = await db.collection<Partial<OwnerSessionRecord> & { _id: string }>(name).find({}).toArray();
  return found.flatMap(({ _id, stopped }) =>
    typeof stopped === 'string' ? [{ partition: _id, reason: stopped }] : [],
  );
}

/** Indexes are the same when their fields and directions are, in order; these options change what they do. */
const OPTIONS = ['unique', 'sparse', 'expireAfterSeconds'] as const;

function compare(
  declared: readonly (readonly [object, object])[],
  found: readonly Index[],
): Pick<CollectionFacts, 'missing' | 'different'> {
  const missing: string[] = [];
  const different: { index: string; name: string }[] = [];
  for (const [fields, options] of declared) {
    const wanted = options as Record<string, unknown>;
    const text = JSON.stringify(fields);
    const same = found.find(({ key }) => JSON.stringify(key) === text);
    if (same === undefined) missing.push(text);
    else if (OPTIONS.some((option) => Number(same[option] ?? -1) !== Number(wanted[option] ?? -1))) {
      different.push({ index: text, name: String(same.name) });
    }
  }
  return { missing, different };
}
