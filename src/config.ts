import { resolve } from 'node:path';
import { ConfigError, integer, keys, oneOf, roles, text, uri, type SettingRule } from './config-rules.js';

/** What an instance does; several instances in one consumer group may share the work. */
export type Role = 'ingest' | 'processing' | 'dashboard';

/** Every setting, read once at start, validated and frozen. Units stand in the names. */
export interface Settings {
  readonly http: { readonly host: string; readonly port: number; readonly shutdownTimeoutMs: number };
  readonly roles: readonly Role[];
  readonly dataDir: string;
  readonly kafka: {
    /** null: start a local one. */
    readonly brokers: readonly string[] | null;
    readonly clientId: string;
    readonly groupId: string;
    readonly ingestionTopic: string;
    readonly outputTopic: string;
    readonly deadLetterTopic: string;
    readonly partitions: number;
    readonly sessionTimeoutMs: number;
    readonly messageBytesMax: number;
    readonly appendTimeoutMs: number;
    readonly inFlightBytesMax: number;
  };
  readonly store: {
    /** null: start a local one. */
    readonly uri: string | null;
    readonly database: string;
    readonly timeoutMs: number;
  };
  readonly ingest: {
    readonly itemBytesMax: number;
    readonly bulkLineBytesMax: number;
    readonly rateLimitPerSecond: number;
    readonly apiKeys: readonly string[];
    readonly dateOrder: 'mdy' | 'dmy';
  };
  readonly processing: {
    readonly batchRecordsMax: number;
    readonly batchBytesMax: number;
    readonly invoiceLinesMax: number;
    readonly compactionCells: number;
    readonly compactionDeltas: number;
  };
  readonly log: { readonly level: string; readonly format: 'text' | 'json' };
}

/** The token under which the settings are injected. */
export const SETTINGS = Symbol('SETTINGS');

/** The one table of settings: name, default, rule and meaning. The README's table is checked against it. */
export const SETTING_RULES = {
  PORT: { fallback: '3000', rule: integer(0, 65_535), about: 'HTTP port (0: any free one)' },
  HOST: { fallback: '127.0.0.1', rule: text(1, 255), about: 'address to listen on' },
  KAFKA_BROKERS: { fallback: '', rule: text(0, 2_000), about: 'host:port,... of Kafka; empty: a local one is started' },
  MONGODB_URI: { fallback: '', rule: uri, about: 'mongodb:// or mongodb+srv:// address; empty: a local store is started' },
  DOCSTREAM_DATA_DIR: { fallback: '.docstream', rule: text(1, 1_000), about: 'folder of the local engines and their data' },
  DOCSTREAM_DATABASE: { fallback: 'docstreaming', rule: text(1, 63), about: 'MongoDB database' },
  DOCSTREAM_API_KEYS: { fallback: '', rule: keys, about: 'comma-separated keys that may post (16 characters or more each); empty: open' },
  DOCSTREAM_DATE_ORDER: { fallback: 'mdy', rule: oneOf('mdy', 'dmy'), about: 'order of dates that are not ISO 8601' },
  DOCSTREAM_ROLES: { fallback: 'ingest,processing,dashboard', rule: roles, about: 'what this instance does' },
  DOCSTREAM_PARTITIONS: { fallback: '3', rule: integer(1, 1_000), about: 'partitions of the topics when they are created' },
  DOCSTREAM_GROUP: { fallback: 'docstream', rule: text(1, 200), about: 'consumer group, and prefix of the transactional ids' },
  DOCSTREAM_INGESTION_TOPIC: { fallback: 'ingestion-topic', rule: text(1, 249), about: 'topic of accepted items' },
  DOCSTREAM_OUTPUT_TOPIC: { fallback: 'spark-output', rule: text(1, 249), about: 'topic of processed documents' },
  DOCSTREAM_DEAD_LETTER_TOPIC: { fallback: 'dead-letters', rule: text(1, 249), about: 'topic of what could not be processed' },
  DOCSTREAM_SESSION_TIMEOUT_MS: { fallback: '10000', rule: integer(6_000, 60_000), about: 'consumer session time-out, ms' },
  DOCSTREAM_MESSAGE_BYTES_MAX: { fallback: '900000', rule: integer(100_000, 8_000_000), about: 'largest Kafka message written, bytes' },
  DOCSTREAM_APPEND_TIMEOUT_MS: { fallback: '10000', rule: integer(1_000, 120_000), about: 'how long a post waits for Kafka, ms' },
  DOCSTREAM_IN_FLIGHT_BYTES_MAX: { fallback: '16000000', rule: integer(1_000_000, 1_000_000_000), about: 'accepted but unacknowledged bytes held, bytes' },
  DOCSTREAM_STORE_TIMEOUT_MS: { fallback: '10000', rule: integer(1_000, 120_000), about: 'how long a store operation may take, ms' },
  DOCSTREAM_RATE_LIMIT_PER_SECOND: { fallback: '0', rule: integer(0, 1_000_000), about: 'requests a second a key or address may post; 0: no limit' },
  DOCSTREAM_BATCH_RECORDS_MAX: { fallback: '4000', rule: integer(1, 50_000), about: 'records of one micro-batch' },
  DOCSTREAM_INVOICE_LINES_MAX: { fallback: '10000', rule: integer(1, 20_000), about: 'lines of one invoice' },
  DOCSTREAM_SHUTDOWN_TIMEOUT_MS: { fallback: '10000', rule: integer(1_000, 120_000), about: 'how long a stop may drain, ms' },
  DOCSTREAM_LOG_LEVEL: { fallback: 'info', rule: oneOf('error', 'warn', 'info', 'debug'), about: 'log level' },
  DOCSTREAM_LOG_FORMAT: { fallback: 'text', rule: oneOf('text', 'json'), about: 'log lines for people or for machines' },
} as const satisfies Record<string, { fallback: string; rule: SettingRule<unknown>; about: string }>;

type Name = keyof typeof SETTING_RULES;
type Value<N extends Name> = (typeof SETTING_RULES)[N]['rule'] extends SettingRule<infer T> ? T : never;

/**
 * Reads every setting from the environment (after `.env`, which never overrides what is set).
 * Throws ConfigError naming the variable, never its content; an unknown DOCSTREAM_* name is refused as well.
 */
export function loadSettings(env: NodeJS.ProcessEnv = readEnvironment()): Settings {
  refuseUnknown(env);
  const get = <N extends Name>(name: N): Value<N> => {
    const { fallback, rule } = SETTING_RULES[name];
    const raw = env[name] === undefined || env[name] === '' ? fallback : env[name];
    const value = (rule as SettingRule<Value<N>>)(raw);
    if (typeof value === 'object' && value !== null && 'refused' in value) {
      throw new ConfigError(name, String(value.refused));
    }
    return value as Value<N>;
  };
  const brokers = get('KAFKA_BROKERS');
  const settings: Settings = {
    http: { host: get('HOST'), port: get('PORT'), shutdownTimeoutMs: get('DOCSTREAM_SHUTDOWN_TIMEOUT_MS') },
    roles: get('DOCSTREAM_ROLES') as readonly Role[],
    dataDir: resolve(get('DOCSTREAM_DATA_DIR')),
    kafka: {
      brokers: brokers === '' ? null : parseBrokers(brokers),
      clientId: 'docstream',
      groupId: get('DOCSTREAM_GROUP'),
      ingestionTopic: get('DOCSTREAM_INGESTION_TOPIC'),
      outputTopic: get('DOCSTREAM_OUTPUT_TOPIC'),
      deadLetterTopic: get('DOCSTREAM_DEAD_LETTER_TOPIC'),
      partitions: get('DOCSTREAM_PARTITIONS'),
      sessionTimeoutMs: get('DOCSTREAM_SESSION_TIMEOUT_MS'),
      messageBytesMax: get('DOCSTREAM_MESSAGE_BYTES_MAX'),
      appendTimeoutMs: get('DOCSTREAM_APPEND_TIMEOUT_MS'),
      inFlightBytesMax: get('DOCSTREAM_IN_FLIGHT_BYTES_MAX'),
    },
    store: {
      uri: get('MONGODB_URI') === '' ? null : get('MONGODB_URI'),
      database: get('DOCSTREAM_DATABASE'),
      timeoutMs: get('DOCSTREAM_STORE_TIMEOUT_MS'),
    },
    ingest: {
      itemBytesMax: 65_536,
      bulkLineBytesMax: 65_536,
      rateLimitPerSecond: get('DOCSTREAM_RATE_LIMIT_PER_SECOND'),
      apiKeys: get('DOCSTREAM_API_KEYS'),
      dateOrder: get('DOCSTREAM_DATE_ORDER') as 'mdy' | 'dmy',
    },
    processing: {
      batchRecordsMax: get('DOCSTREAM_BATCH_RECORDS_MAX'),
      batchBytesMax: 4_000_000,
      invoiceLinesMax: get('DOCSTREAM_INVOICE_LINES_MAX'),
      compactionCells: 16_000,
      compactionDeltas: 64,
    },
    log: { level: get('DOCSTREAM_LOG_LEVEL'), format: get('DOCSTREAM_LOG_FORMAT') as 'text' | 'json' },
  };
  return deepFreeze(settings);
}

function readEnvironment(): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new ConfigError('.env', 'cannot be read');
  }
  return process.env;
}

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (name.startsWith('DOCSTREAM_') && !name.startsWith('DOCSTREAM_TEST_') && !Object.hasOwn(SETTING_RULES, name)) {
      throw new ConfigError(name, 'is not a setting of docstream; see the table in README.md');
    }
  }
}

function parseBrokers(value: string): readonly string[] {
  const brokers = value.split(',').map((broker) => broker.trim());
  if (!brokers.every((broker) => /^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/.test(broker))) {
    throw new ConfigError('KAFKA_BROKERS', 'must be host:port, several separated by commas');
  }
  return brokers;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
