import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { EngineError } from './errors.js';
import type { OnStep } from './install.js';
import { secantusInstall } from './store-install.js';
import { mongodAnswers, storeAnswers } from './store-probe.js';
import { runTool } from './tool.js';

const KINDS = ['mongod', 'secantusd-rs', 'secantusdb'] as const;
export type StoreKind = (typeof KINDS)[number];

export interface StoreFiles {
  folder: string;
  log: string;
  /** The storage folders, one for each kind, for their formats differ. A server's command line names its own. */
  storage: Record<StoreKind, string>;
}

export interface StoreServer {
  /** The server's name for people. */
  name: string;
  command: string;
  args(port: number): string[];
  answers(port: number): Promise<boolean>;
}

/** Where the store of a data folder has its files. */
export function storeFiles(dataDir: string): StoreFiles {
  const folder = join(dataDir, 'store');
  const storage = {
    mongod: join(folder, 'mongod'),
    'secantusd-rs': join(folder, 'secantusd-rs'),
    secantusdb: join(folder, 'secantusdb'),
  };
  return { folder, log: join(folder, 'store.log'), storage };
}

/**
 * The server to use: the one whose data is in the folder already, where it can still be had; else mongod when it is
 * on the PATH, else secantusd-rs when that is, else SecantusDB, which is installed on the first use.
 */
export async function storeServer(
  files: StoreFiles,
  { cacheDir, onStep, signal }: { cacheDir: string; onStep: OnStep; signal?: AbortSignal | undefined },
): Promise<StoreServer> {
  const kind = await chooseKind(files, signal);
  const storage = files.storage[kind];
  mkdirSync(storage, { recursive: true });
  if (kind === 'mongod') return mongod(storage);
  // Its own settings file, so that none from a user's home folder is picked up.
  const settings = join(files.folder, 'secantusd.toml');
  writeFileSync(settings, '');
  const secantus = (name: string, command: string, ...script: string[]): StoreServer => ({
    name,
    command,
    args: (port) => [...script, ...secantusArgs(settings, storage), '--port', String(port)],
    answers: storeAnswers,
  });
  if (kind === 'secantusd-rs') return secantus('secantusd-rs', 'secantusd-rs');
  const { python, script } = await secantusInstall(cacheDir, onStep, signal);
  return secantus('SecantusDB', python, script, '--standalone', '--cache-size', `${String(cacheMegabytes())}M`);
}

/**
 * A quarter of the machine's memory, which is only taken as there are data. In its default of a gigabyte SecantusDB stands
 * still once a fifth of it is waiting to be written: whoever waits for room holds the lock that making room needs.
 */
function cacheMegabytes(): number {
  return Math.max(1_024, Math.floor(totalmem() / 4 / 1_048_576));
}

async function chooseKind(files: StoreFiles, signal?: AbortSignal): Promise<StoreKind> {
  const withData = KINDS.filter((kind) => hasEntries(files.storage[kind]));
  for (const kind of withData.length > 0 ? withData : KINDS) {
    if (kind === 'secantusdb' || (await runTool(kind, ['--version'], { signal })).exitCode === 0) return kind;
  }
  if (withData.length === 0) return 'secantusdb';
  throw new EngineError(
    'DATA_DIR',
    `${files.folder} has the data of ${withData.join(' and ')}, which is not on the PATH. Put it there, set MONGODB_URI, or ` +
      'set DOCSTREAM_DATA_DIR to another folder to begin anew.',
  );
}

function mongod(storage: string): StoreServer {
  const fixed = ['--dbpath', storage, '--bind_ip', '127.0.0.1', '--replSet', 'docstream', '--nounixsocket'];
  return {
    name: 'mongod',
    command: 'mongod',
    args: (port) => [...fixed, '--port', String(port)],
    answers: mongodAnswers,
  };
}

/** The Python and the Rust server take the same flags. */
function secantusArgs(settings: string, storage: string): string[] {
  return ['--config', settings, '--host', '127.0.0.1', '--storage-path', storage, '--sync-on-commit'];
}

function hasEntries(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
