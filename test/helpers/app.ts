import { startApp } from '../../src/app.js';
import { loadSettings, type Settings } from '../../src/config.js';
import { testKafkaBrokers, testStoreUri, uniqueName } from './engines.js';
import { Sinks, until } from './oracle-sinks.js';

/** An application in this process, on topics, a group and a database of its own. */
export interface TestApp {
  url: string;
  settings: Settings;
  /** The same settings as environment variables, for a command of its own. */
  environment: Record<string, string>;
  sinks: Sinks;
  /** Resolves once both sinks have reached the end of every partition's log. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Tests reach into what runs in their own process, so nothing of it runs in a thread; what they start as a user does has one. */
const ONE_THREAD = { DOCSTREAM_PROCESSING_THREAD: 'false' };

/** Settings with names that no other test has, on the engines of the test run unless `env` names others. */
export function testSettings(env: Record<string, string> = {}): Settings {
  return loadSettings({ ...ONE_THREAD, ...testEnvironment(env) });
}

/** The same as environment variables, for a process of its own. */
export function testEnvironment(env: Record<string, string> = {}): Record<string, string> {
  const name = uniqueName('test');
  return {
    PORT: '0',
    KAFKA_BROKERS: env['KAFKA_BROKERS'] ?? testKafkaBrokers(),
    MONGODB_URI: env['MONGODB_URI'] ?? testStoreUri(),
    DOCSTREAM_DATABASE: name,
    DOCSTREAM_GROUP: name,
    DOCSTREAM_INGESTION_TOPIC: `${name}-ingestion`,
    DOCSTREAM_OUTPUT_TOPIC: `${name}-output`,
    DOCSTREAM_DEAD_LETTER_TOPIC: `${name}-dead-letters`,
    DOCSTREAM_LOG_LEVEL: 'error',
    // The other workers' tests load the same small machine.
    DOCSTREAM_STORE_TIMEOUT_MS: '30000',
    ...env,
  };
}

/** What `/health/ready` says. */
export interface Readiness {
  status: string;
  details: Record<string, { status: string; message?: string }>;
}

/** Resolves with what readiness says once that is yes: an engine that takes long for one answer makes it no for a moment. */
export async function untilReady(url: string): Promise<Readiness> {
  let said = '';
  await until(
    async () => {
      const answer = await fetch(`${url}/health/ready`);
      said = await answer.text();
      return answer.ok;
    },
    60_000,
    () => `it is not ready: ${said}`,
  );
  return JSON.parse(said) as Readiness;
}

/** Starts the whole application in this process. Close it in an `afterAll` or `afterEach` beside the call. */
export async function startTestApp(env: Record<string, string> = {}): Promise<TestApp> {
  const environment = testEnvironment(env);
  const settings = loadSettings({ ...ONE_THREAD, ...environment });
  const running = await startApp(settings);
  const sinks = await Sinks.open(settings);
  return {
    url: running.url,
    settings,
    environment,
    sinks,
    settled: () => sinks.settled(),
    close: async () => {
      await sinks.close();
      await running.close();
    },
  };
}
