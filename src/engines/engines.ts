import { join } from 'node:path';
import { prepareDataDir } from './data-dir.js';
import { EngineError } from './errors.js';
import type { OnStep } from './install.js';
import { startKafka, type KafkaEngine } from './kafka.js';
import { keepRunning, type KeepPlan, type Kept } from './keep-running.js';
import { takeLock, type OwnerLock } from './owner-lock.js';
import { storeIsBroken } from './store-probe.js';
import { startStore, type StoreEngine } from './store.js';

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
  /** Where given, an engine that ends by itself is started again on its address, and this is told so in one line. */
  onRestart?: ((message: string) => void) | undefined;
  /** Calls the start off: what it has started is stopped, and it rejects with ABORTED. */
  signal?: AbortSignal | undefined;
}

/** Engines that serve. Those that were not asked for are undefined. */
export interface Engines {
  kafka?: EngineHandle & { brokers: string };
  store?: EngineHandle & { uri: string };
  /** Stops them and resolves when their processes are gone: SIGTERM, then SIGKILL after 10 s. */
  stop(): Promise<void>;
  /** Gives the data folder free and leaves the engines that run as they are, for the next start to adopt. */
  release(): void;
}

export interface EngineHandle {
  /** Another one after each new start. */
  readonly pid: number;
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
  if (kafka.status === 'rejected' || store.status === 'rejected') {
    const running = [kafka, store].flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    await Promise.all(running.map((engine) => engine?.stop()));
    lock.release();
    throw firstCause([kafka, store]);
  }
  const start = { dataDir, cacheDir, heapMb: kafkaHeapMb };
  const keptKafka =
    kafka.value &&
    keep(kafka.value, options, {
      name: 'Kafka',
      startAgain: ({ port }, again) => startKafka({ ...start, port, signal: again }),
    });
  const keptStore =
    store.value &&
    keep(store.value, options, {
      name: 'The store',
      isBroken: ({ port }) => storeIsBroken(port),
      startAgain: ({ port }, again) => startStore({ ...start, port, signal: again }),
    });
  return handleOf(keptKafka, keptStore, lock);
}

function keep<E extends KafkaEngine | StoreEngine>(
  engine: E,
  { onRestart: tell }: EngineOptions,
  plan: Omit<KeepPlan<E>, 'tell'>,
): Kept<E> {
  if (tell === undefined) return { engine, stop: () => engine.stop(), release: () => undefined };
  return keepRunning(engine, { ...plan, tell });
}

function handleOf(
  kafka: Kept<KafkaEngine> | undefined,
  store: Kept<StoreEngine> | undefined,
  lock: OwnerLock,
): Engines {
  return {
    ...(kafka && {
      kafka: {
        brokers: kafka.engine.brokers,
        get pid() {
          return kafka.engine.pid;
        },
      },
    }),
    ...(store && {
      store: {
        uri: store.engine.uri,
        get pid() {
          return store.engine.pid;
        },
      },
    }),
    stop: async () => {
      await Promise.all([kafka?.stop(), store?.stop()]);
      lock.release();
    },
    release: () => {
      kafka?.release();
      store?.release();
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
