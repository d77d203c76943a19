import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `engines.json` in the data folder: the engines that run on it, for people, scripts and the next start. */
export interface EnginesFile {
  kafka?: { brokers: string; pid: number };
  store?: { uri: string; pid: number };
}

/** What the file says, or nothing where it is missing or damaged. Its pids may be stale: check them. */
export function readEnginesFile(dataDir: string): EnginesFile {
  const found = readJson(fileIn(dataDir));
  const kafka = found['kafka'];
  const store = found['store'];
  return {
    ...(hasText(kafka, 'brokers') ? { kafka: { brokers: kafka.brokers, pid: kafka.pid } } : {}),
    ...(hasText(store, 'uri') ? { store: { uri: store.uri, pid: store.pid } } : {}),
  };
}

/** Adds or replaces what is given, and keeps the rest. Synchronous, so that no other change comes between. */
export function recordEngine(dataDir: string, entry: EnginesFile): void {
  writeAtomically(fileIn(dataDir), { ...readEnginesFile(dataDir), ...entry });
}

/** Takes out the engine with this pid, if the folder can be written; the file goes with the last one. */
export function forgetEngine(dataDir: string, pid: number): void {
  const { kafka, store } = readEnginesFile(dataDir);
  const left: EnginesFile = {
    ...(kafka && kafka.pid !== pid ? { kafka } : {}),
    ...(store && store.pid !== pid ? { store } : {}),
  };
  try {
    if (Object.keys(left).length === 0) rmSync(fileIn(dataDir), { force: true });
    else writeAtomically(fileIn(dataDir), left);
  } catch {
    // Whoever reads the file checks that the process lives.
  }
}

/** Writes JSON so that a reader, or a crash, sees the old content or the new one and nothing between. */
export function writeAtomically(file: string, content: unknown): void {
  const draft = `${file}.${String(process.pid)}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

const fileIn = (dataDir: string) => join(dataDir, 'engines.json');

function readJson(file: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof found === 'object' && found !== null ? { ...found } : {};
  } catch {
    return {};
  }
}

function hasText<Key extends string>(entry: unknown, key: Key): entry is Record<Key, string> & { pid: number } {
  if (typeof entry !== 'object' || entry === null) return false;
  const fields = entry as Record<string, unknown>;
  return typeof fields[key] === 'string' && Number.isSafeInteger(fields['pid']);
}
