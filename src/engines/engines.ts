import { join } from 'node:path';
import { prepareDataDir } from './data-dir.js';
import { EngineError } from './errors.js';
import type { OnStep } from './install.js';
import { startKafka } from './kafka.js';
import { takeLock, type OwnerLock } from './owner-lock.js';
import { startStore } from './store.js';

export interface EngineOptions {
  /** Made when missing. The engines keep their data here, and it names them in `engines.json` while they run. */
  dataDir: string;
  /** Where downloads are kept; `cache` in the data folder unless told. */
  cacheDir?: string | undefined;
  kafka: boolean;
  store: boolean;
  onStep: OnStep;
  /** Kafka's heap in MiB, 512 unless told. */
  kafkaHeapMb?: number | undefined;
  /** Calls the start off: what it has started is stopped, and it rejects with ABORTED. */
  signal?: AbortSignal | undefined;
}

/** Engines that serve. Those that were not asked for are undefined. */
export interface Engines {
  kafka?: EngineHandle & { brokers: string };
  store?: EngineHandle & { uri: string };
  /** Stops them and resolves when their processes are gone: SIGTERM, then SIGKILL after 10 s. */
  stop(): Promise<void>;
  /** Gives the data folder free and leaves the engines running, for the next start to adopt. */
  release(): void;
}

export interface EngineHandle {
  pid: number;
}

/**
 * Starts what is asked for and resolves when all of it serves. Engines that a killed start left behind are adopted
 * when they serve and stopped when they do not. Rejects with an EngineError, and then nothing is left running.
 */
export async function startEngines(options: EngineOptions): Promise<Engines> {
  if (!options.kafka && !options.store) return { stop: () => Promise.resolve(), release: () => undefined };
  const dataDir = prepareDataDir(options.dataDir);
  const lock = ownDataDir(dataDir);
  // The first engine that fails calls the other one off, which may be in the middle of a download.
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const { cacheDir, onStep, kafkaHeapMb } = options;
  const orCallOff = async <T>(start: Promise<T>): Promise<T> => {
    try {
      return await start;
    } catch (error) {
      failure.abort();
      throw error;
    }
  };
  const starts = [
    options.kafka ? orCallOff(startKafka({ dataDir, cacheDir, heapMb: kafkaHeapMb, onStep, signal })) : undefined,
    options.store ? orCallOff(startStore({ dataDir, cacheDir, onStep, signal })) : undefined,
  ] as const;
  const [kafka, store] = await Promise.allSettled(starts);
  const running = [kafka, store].flatMap((start) => (start.status === 'fulfilled' && start.value ? [start.value] : []));
  const stop = async () => {
    await Promise.all(running.map((engine) => engine.stop()));
    lock.release();
  };

  if (kafka.status === 'rejected' || store.status === 'rejected') {
    await stop();
    throw firstCause([kafka, store]);
  }
  return {
    ...(kafka.value ? { kafka: { brokers: kafka.value.brokers, pid: kafka.value.pid } } : {}),
    ...(store.value ? { store: { uri: store.value.uri, pid: store.value.pid } } : {}),
    stop,
    release: () => {
      lock.release();
    },
  };
}

function ownDataDir(dataDir: string): OwnerLock {
  const lock = takeLock(join(dataDir, 'docstream.lock'));
  if ('release' in lock) return lock;
  throw new EngineError(
    'IN_USE',
    `Another docstream (pid ${String(lock.heldBy)}) runs its engines in ${dataDir}. Stop it, set DOCSTREAM_DATA_DIR to ` +
      'another folder, or set KAFKA_BROKERS and MONGODB_URI to what its engines.json says to run beside it.',
  );
}

/** The engine that was only called off says less than the one that failed. */
function firstCause(results: readonly PromiseSettledResult<unknown>[]): unknown {
  const causes = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
  return causes.find((cause) => !(cause instanceof EngineError && cause.code === 'ABORTED')) ?? causes[0];
}
