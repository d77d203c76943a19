import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNode } from './helper-process.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const READY_MS_MAX = 60_000;

/** How `npm start` has the memory handled: the flags of Node.js and the variables of the C library. */
const { start } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
const [assignments, command] = start.split(' exec ');
const variables = Object.fromEntries(assignments.split(' ').map((assignment) => assignment.split('=')));
const flags = command.split(' ').filter((word) => word.startsWith('--'));

/**
 * Starts docstream as a user runs it, on the given engines, and resolves when it serves. Settings of the caller
 * (`DOCSTREAM_BATCH_RECORDS_MAX` and the like) go through, so that they can be compared.
 */
export async function startDocstream({ brokers, uri, folder, names, roles, profileFolder, onStart }) {
  // In a profile each module is to be told by its name.
  const program =
    profileFolder === null
      ? [...flags, join(dist, 'bundle', 'main.js')]
      : [...flags, '--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${profileFolder}`, join(dist, 'main.js')];
  let serving;
  const ready = new Promise((resolve) => (serving = resolve));
  const startedAtMs = Date.now();
  const running = startNode(program, {
    cwd: folder,
    env: environment({ brokers, uri, folder, names, roles }),
    onLine: (line) => {
      const url = /Dashboard\s+(http:\/\/\S+)\/dashboard/.exec(line)?.[1];
      if (url !== undefined) serving(url);
    },
  });
  onStart(running);
  const failed = running.exited.then((code) => {
    throw new Error(`docstream ended (${code}): ${running.complaint()}`);
  });
  failed.catch(() => undefined);
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`docstream is not ready: ${running.complaint()}`)), READY_MS_MAX).unref();
  });
  late.catch(() => undefined);
  try {
    const url = await Promise.race([ready, failed, late]);
    const { pid, stop, alive } = running;
    return { url, pid, startedAtMs, stop, alive };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

function environment({ brokers, uri, folder, names, roles }) {
  return {
    ...variables,
    ...process.env,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    KAFKA_BROKERS: brokers,
    MONGODB_URI: uri,
    DOCSTREAM_DATA_DIR: join(folder, 'docstream'),
    DOCSTREAM_ROLES: roles,
    DOCSTREAM_INGESTION_TOPIC: names.ingestionTopic,
    DOCSTREAM_OUTPUT_TOPIC: names.outputTopic,
    DOCSTREAM_DEAD_LETTER_TOPIC: names.deadLetterTopic,
    DOCSTREAM_GROUP: names.groupId,
    DOCSTREAM_DATABASE: names.database,
  };
}
