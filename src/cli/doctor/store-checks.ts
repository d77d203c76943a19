import type { Settings } from '../../config.js';
import { type CollectionFacts, lookAtStore, type StoreFacts, tryStore } from '../../store/index.js';
import { oneLine } from '../cli-error.js';
import { clockFinding } from './clock.js';
import { fail, type Finding, ok, warn } from './finding.js';

/** Everything about the store: what it is, its collections and indexes, and whether a transaction goes through. */
export async function storeFindings(settings: Settings['store']): Promise<Finding[]> {
  const facts = await lookAtStore(settings).catch((error: unknown) => oneLine(error));
  if (typeof facts === 'string') {
    return [fail('store', facts, 'start it, or correct the address, the user and the password in MONGODB_URI')];
  }
  return [
    serverFinding(facts),
    ...facts.collections.flatMap(collectionFindings),
    ...facts.stopped.map(stoppedFinding),
    await trialFinding(settings, facts),
    clockFinding('store', facts.clockAheadMs),
  ];
}

function serverFinding({ version, kind, isSecantus, isWritable }: StoreFacts): Finding {
  if (isSecantus) {
    return warn('store', `SecantusDB, which is for development and tests`, 'for production set MONGODB_URI to MongoDB');
  }
  const found = `MongoDB ${version}, ${kind}`;
  if (kind === 'standalone') {
    return fail('store', found, 'make it a replica set, of one if need be (rs.initiate()): transactions need one');
  }
  if (!isWritable) {
    return fail('store', `${found}, and this member takes no writes`, 'name the whole replica set in MONGODB_URI');
  }
  return ok('store', found);
}

function collectionFindings({ name, exists, missing, different }: CollectionFacts): Finding[] {
  const check = `collection ${name}`;
  if (!exists) return [fail(check, 'does not exist', 'start docstream, which creates it')];
  const found = [
    ...missing.map((index) => fail(check, `has no index ${index}`, 'start docstream again, which creates it')),
    ...different.map(({ index, name: called }) => {
      const remedy = `db.${name}.dropIndex('${called}'), then start docstream again`;
      return fail(check, `its index ${index} has other options`, remedy);
    }),
  ];
  return found.length > 0 ? found : [ok(check, 'indexes as declared')];
}

function stoppedFinding({ partition, reason }: StoreFacts['stopped'][number]): Finding {
  const remedy = 'docs/ARCHITECTURE.md has the choices, under “A stopped partition”; change no offset before';
  return fail(`partition ${partition}`, `has stopped: ${reason}`, remedy);
}

async function trialFinding(settings: Settings['store'], { collections }: StoreFacts): Promise<Finding> {
  const names = collections.filter(({ exists }) => exists).map(({ name }) => name);
  const check = 'store transaction';
  try {
    await tryStore(settings, names);
    return ok(check, `a document written to ${names.length} collections and taken back`);
  } catch (error) {
    const remedy = 'give the user of MONGODB_URI the role readWrite on the database, and see that it is a replica set';
    return fail(check, oneLine(error), remedy);
  }
}
