import { join } from 'node:path';
import { defaultCacheDir, prepareDataDir } from './data-dir.js';
import { EngineError } from './errors.js';
import { forgetEngine, readEnginesFile, recordEngine } from './engines-file.js';
import type { OnStep } from './install.js';
import { formatKafkaStorage, kafkaFiles, writeKafkaConfig, type KafkaFiles, type KafkaPorts } from './kafka-config.js';
import { KAFKA_VERSION, kafkaJars } from './kafka-install.js';
import { kafkaAnswers } from './kafka-probe.js';
import { endedOf, launch, refuseAborted, waitUntilReady } from './launch.js';
import { healthyLeftover } from './leftover.js';
import { keptPorts } from './ports.js';
import { stopProcess, strangerEnded } from './process-table.js';

export interface KafkaStart {
  dataDir: string;
  /** Where the jars are kept; `cache` in the data folder unless told. */
  cacheDir?: string | undefined;
  /** The broker's port; unless told, the one of the last start, or a free one. */
  port?: number | undefined;
  /** Of a proxy on 127.0.0.1: the broker gets a second listener, whose clients are told to come to this port. */
  advertisedPort?: number | undefined;
  /** Heap in MiB, 512 unless told. */
  heapMb?: number | undefined;
  onStep?: OnStep | undefined;
  signal?: AbortSignal | undefined;
}

export interface KafkaEngine {
  brokers: string;
  port: number;
  pid: number;
  /** Where a proxy finds the listener behind `advertisedPort`; null: there is none, or the broker was adopted. */
  proxiedPort: number | null;
  /** Resolves when its process has ended, or the signal says that nobody waits. */
  ended(signal: AbortSignal): Promise<void>;
  /** Ends the broker: SIGTERM, then SIGKILL after 10 s. Resolves when the process is gone. */
  stop(): Promise<void>;
}

const READY_MS_MAX = 60_000;

/**
 * Starts the data folder's broker on 127.0.0.1, or adopts the one that still runs there, and resolves when it serves.
 * After a kill it may be called again for the same folder and port. Whatever fails, no process is left behind.
 */
export async function startKafka(options: KafkaStart): Promise<KafkaEngine> {
  const { onStep = () => undefined, signal, port } = options;
  const dataDir = prepareDataDir(options.dataDir);
  const files = kafkaFiles(dataDir);
  const startedAt = Date.now();

  const recorded = readEnginesFile(dataDir).kafka;
  const left = recorded && { pid: recorded.pid, port: portOf(recorded.brokers) };
  if (
    left &&
    (await healthyLeftover({ ...left, paths: [files.properties], wantedPort: port, answers: kafkaAnswers }))
  ) {
    onStep(`Kafka on ${recorded.brokers} (already running, adopted)`, Date.now() - startedAt);
    return engine(dataDir, files, {
      ...{ ...left, brokers: recorded.brokers, proxiedPort: null },
      ended: (signal) => strangerEnded(left.pid, signal),
    });
  }

  const jars = await kafkaJars(options.cacheDir ?? defaultCacheDir(dataDir), onStep, signal);
  const launchedAt = Date.now();
  const { advertisedPort } = options;
  const roles = ['broker', 'controller', ...(advertisedPort === undefined ? [] : ['proxied' as const])] as const;
  const ports: KafkaPorts = await keptPorts(files.folder, roles, port === undefined ? {} : { broker: port });
  writeKafkaConfig(files, ports, advertisedPort);
  await formatKafkaStorage(files, jars, signal);
  refuseAborted(signal);
  const started = await launchKafka(dataDir, files, {
    jars,
    port: ports.broker,
    proxiedPort: ports.proxied ?? null,
    heapMb: options.heapMb ?? 512,
    signal,
  });
  onStep(`Kafka ${KAFKA_VERSION} on ${started.brokers}`, Date.now() - launchedAt);
  return started;
}

interface KafkaLaunch {
  jars: string;
  port: number;
  proxiedPort: number | null;
  heapMb: number;
  signal?: AbortSignal | undefined;
}

async function launchKafka(dataDir: string, files: KafkaFiles, plan: KafkaLaunch): Promise<KafkaEngine> {
  const brokers = `127.0.0.1:${String(plan.port)}`;
  const process = await launch({
    name: 'Kafka',
    command: 'java',
    args: [
      `-Xmx${String(plan.heapMb)}m`,
      '-XX:TieredStopAtLevel=1',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${files.logging}`,
      '-cp',
      join(plan.jars, '*'),
      'kafka.Kafka',
      files.properties,
    ],
    cwd: files.folder,
    outputFile: files.output,
  });
  const { port, proxiedPort } = plan;
  const started = engine(dataDir, files, { brokers, port, pid: process.pid, proxiedPort, ended: endedOf(process) });
  try {
    recordEngine(dataDir, { kafka: { brokers, pid: process.pid } });
    await waitUntilReady({
      name: 'Kafka',
      probe: () => kafkaAnswers(plan.port),
      ending: process.ending,
      deadlineMs: READY_MS_MAX,
      logFiles: [files.log, files.output],
      signal: plan.signal,
    });
    return started;
  } catch (error) {
    await started.stop();
    throw WRITTEN_BY_NEWER.test(String(error)) ? writtenByNewer(files, error) : error;
  }
}

/** What Kafka says of a folder that a later version wrote. */
const WRITTEN_BY_NEWER = /UnsupportedVersionException|No MetadataVersion with feature level/;

function writtenByNewer({ folder }: KafkaFiles, cause: unknown): EngineError {
  return new EngineError(
    'DATA_DIR',
    `What lies in ${folder} was written by a later Kafka than ${KAFKA_VERSION}, which this docstream has. Start the ` +
      `docstream that wrote it, or set DOCSTREAM_DATA_DIR to an empty folder.`,
    { cause },
  );
}

function engine(dataDir: string, files: KafkaFiles, running: Omit<KafkaEngine, 'stop'>): KafkaEngine {
  const stop = async () => {
    await stopProcess(running.pid, [files.properties]);
    forgetEngine(dataDir, running.pid);
  };
  return { ...running, stop };
}

const portOf = (brokers: string) => Number(brokers.split(':').at(-1));
