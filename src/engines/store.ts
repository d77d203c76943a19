import { defaultCacheDir, prepareDataDir } from './data-dir.js';
import { forgetEngine, readEnginesFile, recordEngine } from './engines-file.js';
import type { OnStep } from './install.js';
import { endedOf, launch, refuseAborted, waitUntilReady } from './launch.js';
import { healthyLeftover } from './leftover.js';
import { keptPorts } from './ports.js';
import { putBehind } from './priority.js';
import { stopProcess, strangerEnded } from './process-table.js';
import { storeAnswers } from './store-probe.js';
import { storeFiles, storeServer, type StoreFiles, type StoreServer } from './store-server.js';

export interface StoreStart {
  dataDir: string;
  /** Where SecantusDB is installed; `cache` in the data folder unless told. */
  cacheDir?: string | undefined;
  /** The server's port; unless told, the one of the last start, or a free one. */
  port?: number | undefined;
  onStep?: OnStep | undefined;
  signal?: AbortSignal | undefined;
}

export interface StoreEngine {
  uri: string;
  port: number;
  pid: number;
  /** Resolves when its process has ended, or the signal says that nobody waits. */
  ended(signal: AbortSignal): Promise<void>;
  /** Ends the server: SIGTERM, then SIGKILL after 10 s. Resolves when the process is gone. */
  stop(): Promise<void>;
}

const READY_MS_MAX = 60_000;

/**
 * Starts the data folder's store on 127.0.0.1, or adopts the one that still runs there, and resolves when it takes
 * writes. After a kill it may be called again for the same folder and port. Whatever fails, no process is left behind.
 */
export async function startStore(options: StoreStart): Promise<StoreEngine> {
  const { onStep = () => undefined, signal, port } = options;
  const dataDir = prepareDataDir(options.dataDir);
  const files = storeFiles(dataDir);
  const startedAt = Date.now();

  const recorded = readEnginesFile(dataDir).store;
  const left = recorded && { pid: recorded.pid, port: portOf(recorded.uri) };
  const paths = Object.values(files.storage);
  if (left && (await healthyLeftover({ ...left, paths, wantedPort: port, answers: storeAnswers }))) {
    onStep(`store on 127.0.0.1:${String(left.port)} (already running, adopted)`, Date.now() - startedAt);
    return engine(dataDir, files, {
      ...{ ...left, uri: recorded.uri },
      ended: (signal) => strangerEnded(left.pid, signal),
    });
  }

  const cacheDir = options.cacheDir ?? defaultCacheDir(dataDir);
  const server = await storeServer(files, { cacheDir, onStep, signal });
  const launchedAt = Date.now();
  const ports = await keptPorts(files.folder, ['store'], port === undefined ? {} : { store: port });
  refuseAborted(signal);
  const started = await launchStore(dataDir, files, { server, port: ports.store, signal });
  onStep(`store (${server.name}) on 127.0.0.1:${String(ports.store)}`, Date.now() - launchedAt);
  return started;
}

interface StoreLaunch {
  server: StoreServer;
  port: number;
  signal?: AbortSignal | undefined;
}

async function launchStore(dataDir: string, files: StoreFiles, plan: StoreLaunch): Promise<StoreEngine> {
  const { server, port, signal } = plan;
  const uri = `mongodb://127.0.0.1:${String(port)}/?directConnection=true`;
  const launched = await launch({
    name: server.name,
    command: server.command,
    args: server.args(port),
    cwd: files.folder,
    outputFile: files.log,
  });
  // What it writes may wait; a page or the answer to a post may not.
  putBehind(launched.pid);
  const started = engine(dataDir, files, { uri, port, pid: launched.pid, ended: endedOf(launched) });
  try {
    recordEngine(dataDir, { store: { uri, pid: launched.pid } });
    await waitUntilReady({
      name: server.name,
      probe: () => server.answers(port),
      ending: launched.ending,
      deadlineMs: READY_MS_MAX,
      logFiles: [files.log],
      signal,
    });
    return started;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

function engine(dataDir: string, files: StoreFiles, running: Omit<StoreEngine, 'stop'>): StoreEngine {
  const stop = async () => {
    await stopProcess(running.pid, Object.values(files.storage));
    forgetEngine(dataDir, running.pid);
  };
  return { ...running, stop };
}

function portOf(uri: string): number {
  return Number(/:(\d+)\//.exec(uri)?.[1] ?? 0);
}
