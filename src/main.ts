import './small-heap.js';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { startApp, type RunningApp } from './app.js';
import { loadSettings, type Settings } from './config.js';
import { refuseOpenHost } from './config-access.js';
import { ConfigError } from './config-rules.js';
import { EngineError, startEngines, type Engines } from './engines/index.js';
import { projectRoot } from './places.js';
import { say, step } from './start-log.js';
import { refuseBadAddress } from './store/index.js';

/** A signal that comes again within this time was sent once. */
const SAME_REQUEST_MS = 1_000;

/** Downloads are the same for every data folder. */
const CACHE_DIR = join(projectRoot, '.docstream', 'cache');

/**
 * The whole main job: settings, engines where none are configured, topics and indexes, the application. Exit code 0
 * after Ctrl-C or SIGTERM, with everything drained and stopped; 1 with one clear line when it can't start; 130 or 143
 * when a second signal ended it at once.
 */
async function main(): Promise<void> {
  const stop = new AbortController();
  let engines: Engines | null = null;
  const stopped = new Promise<void>((resolve) => {
    onStopSignal(
      () => {
        stop.abort();
        resolve();
      },
      (signal) => {
        // While engines start there is nothing to cut short: the first signal has called them off.
        if (engines !== null) endAtOnce(engines, signal);
      },
    );
  });
  let running: RunningApp | null = null;
  try {
    const settings = loadSettings();
    refuseOpenHost(settings.http, settings.access.apiKeys);
    refuseBadAddress(settings.store);
    await refuseBusyPort(settings);
    engines = await startEngines({
      dataDir: settings.dataDir,
      cacheDir: CACHE_DIR,
      kafka: settings.kafka.brokers === null,
      store: settings.store.uri === null,
      onStep: step,
      onRestart: say,
      signal: stop.signal,
    });
    const whole = withEngines(settings, engines);
    const connectingAtMs = performance.now();
    running = await startApp(whole, { onWait: (message) => say(`  ${message}`), signal: stop.signal });
    step('topics, indexes and the application', performance.now() - connectingAtMs);
    // Since the process began: what `npm start` installed and built before is in it.
    welcome(whole, running.url, performance.now());
    await stopped;
    say('\nStopping: taking nothing more, finishing what runs ...');
  } catch (error) {
    if (!stop.signal.aborted) {
      process.exitCode = 1;
      process.stderr.write(`docstream can't start: ${explain(error)}\n`);
    }
  }
  await running?.close();
  await engines?.stop();
  if (process.exitCode !== 1) say('Stopped.');
  process.exit();
}

/**
 * The first SIGINT or SIGTERM asks for a stop, another one for the end at once. npm passes a signal on to a process that
 * the terminal, or whoever ends the whole group, has told already: what comes that soon is the same request.
 */
function onStopSignal(stop: () => void, endAtOnce: (signal: NodeJS.Signals) => void): void {
  let askedAtMs: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const nowMs = performance.now();
      askedAtMs ??= nowMs;
      if (askedAtMs === nowMs) stop();
      else if (nowMs - askedAtMs > SAME_REQUEST_MS) endAtOnce(signal);
    });
  }
}

/** No less safe than a kill: whatever is cut off here is finished or taken back by the next start. */
function endAtOnce(engines: Engines, signal: NodeJS.Signals): never {
  for (const engine of [engines.kafka, engines.store]) if (engine !== undefined) kill(engine.pid);
  say(`Ended at once (${signal}); the next start takes up what was unfinished.`);
  process.exit(128 + constants.signals[signal]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function withEngines(settings: Settings, engines: Engines): Settings {
  const brokers = engines.kafka?.brokers.split(',') ?? settings.kafka.brokers;
  const uri = engines.store?.uri ?? settings.store.uri;
  return { ...settings, kafka: { ...settings.kafka, brokers }, store: { ...settings.store, uri } };
}

/** Found out before the engines are started, which takes longer. */
async function refuseBusyPort({ http: { host, port } }: Settings): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host, port }, () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}

function welcome(settings: Settings, url: string, ms: number): void {
  const brokers = settings.kafka.brokers?.join(',') ?? '';
  say(
    [
      '',
      `docstream is ready after ${(ms / 1000).toFixed(1)} s`,
      `  Dashboard  ${url}/dashboard`,
      `  API docs   ${url}/docs`,
      `  Kafka      ${brokers}`,
      `  Data       ${settings.dataDir}`,
      '  Ctrl-C stops it all.',
      '',
    ].join('\n'),
  );
}

/** One line, with what to do; a fault of docstream itself keeps its stack for the log. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EngineError) return error.message;
  const { message, code, name, stack, syscall = '' } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'the port is in use by another program. Stop it, or set PORT to another one.';
  if (['getaddrinfo', 'bind', 'listen'].includes(syscall)) {
    return `HOST and PORT can't be listened on (${code}). Check both settings.`;
  }
  if (code === 'BUFFER_UNAVAILABLE') {
    return `Kafka does not answer at KAFKA_BROKERS (${last(error)}). Check the addresses, and that a broker runs there.`;
  }
  if (name.startsWith('KafkaJS')) return `Kafka refuses what docstream needs: ${last(error)}`;
  if (code === 'STORE_UNAVAILABLE' || /^Mongo/.test(name)) {
    return 'the store does not answer at MONGODB_URI. Check the address, the user and the password, and that it runs.';
  }
  return stack ?? message;
}

/** What the innermost of the errors says that led to this one. */
function last(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? last(cause) : message;
}

await main();
