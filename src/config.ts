import { resolve } from 'node:path';
import { kafkaOf, type KafkaSettings } from './config-kafka.js';
import { type AccessSettings, accessOf } from './config-keys.js';
import { ConfigError } from './config-rules.js';
import { valuesOf } from './config-values.js';

/** What an instance does; several instances in one consumer group may share the work. */
export type Role = 'ingest' | 'processing' | 'dashboard';

/** Every setting, read once at start, validated and frozen. Units stand in the names. */
export interface Settings {
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly shutdownTimeoutMs: number;
    /** Whether others than this machine may reach it without a key. */
    readonly allowOpen: boolean;
    /** Whose X-Forwarded-* headers say where a request comes from; none: nobody's. */
    readonly trustProxy: readonly string[];
    /** In lower case. */
    readonly hostNames: readonly string[];
  };
  readonly access: AccessSettings;
  readonly roles: readonly Role[];
  /** How long a start waits for engines that do not answer yet. */
  readonly startTimeoutMs: number;
  readonly dataDir: string;
  readonly kafka: KafkaSettings;
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
    readonly dateOrder: 'mdy' | 'dmy';
  };
  readonly processing: {
    /** Whether it has a thread of its own where this instance does other things as well. */
    readonly hasThread: boolean;
    readonly batchRecordsMax: number;
    readonly batchBytesMax: number;
    readonly invoiceLinesMax: number;
    readonly compactionCells: number;
    readonly compactionDeltas: number;
    readonly summaryBytesMax: number;
    readonly failureShareWarnPercent: number;
  };
  readonly deadLetters: { readonly discardedRetentionDays: number; readonly showsRaw: boolean };
  readonly dashboard: {
    /** Of all amounts, which carry none themselves. */
    readonly currency: string;
  };
  /** Where traces go; null: none are kept. */
  readonly tracing: { readonly otlpEndpoint: string | null; readonly samplePercent: number };
  readonly log: { readonly level: string; readonly format: 'text' | 'json' };
}

/** The token under which the settings are injected. */
export const SETTINGS = Symbol('SETTINGS');

/**
 * Reads every setting from the environment (after `.env`, which never overrides what is set).
 * Throws ConfigError naming the variable, never its content; an unknown DOCSTREAM_* name is refused as well.
 */
export function loadSettings(env: NodeJS.ProcessEnv = readEnvironment()): Settings {
  const get = valuesOf(env);
  return deepFreeze<Settings>({
    http: {
      host: get('HOST'),
      port: get('PORT'),
      shutdownTimeoutMs: get('DOCSTREAM_SHUTDOWN_TIMEOUT_MS'),
      allowOpen: get('DOCSTREAM_ALLOW_OPEN') === 'true',
      trustProxy: get('DOCSTREAM_TRUST_PROXY'),
      hostNames: get('DOCSTREAM_HOST_NAMES'),
    },
    access: accessOf({
      apiKeys: get('DOCSTREAM_API_KEYS'),
      file: get('DOCSTREAM_API_KEYS_FILE'),
      secret: get('DOCSTREAM_SESSION_SECRET'),
      idleMinutes: get('DOCSTREAM_SESSION_IDLE_MINUTES'),
    }),
    roles: get('DOCSTREAM_ROLES') as readonly Role[],
    startTimeoutMs: get('DOCSTREAM_START_TIMEOUT_MS'),
    dataDir: resolve(get('DOCSTREAM_DATA_DIR')),
    kafka: kafkaOf(get),
    store: {
      uri: get('MONGODB_URI') === '' ? null : get('MONGODB_URI'),
      database: get('DOCSTREAM_DATABASE'),
      timeoutMs: get('DOCSTREAM_STORE_TIMEOUT_MS'),
    },
    ingest: {
      itemBytesMax: 65_536,
      bulkLineBytesMax: 65_536,
      rateLimitPerSecond: get('DOCSTREAM_RATE_LIMIT_PER_SECOND'),
      dateOrder: get('DOCSTREAM_DATE_ORDER') as 'mdy' | 'dmy',
    },
    processing: {
      hasThread: get('DOCSTREAM_PROCESSING_THREAD') === 'true',
      batchRecordsMax: get('DOCSTREAM_BATCH_RECORDS_MAX'),
      batchBytesMax: 4_000_000,
      invoiceLinesMax: get('DOCSTREAM_INVOICE_LINES_MAX'),
      compactionCells: 16_000,
      compactionDeltas: 64,
      summaryBytesMax: 1_000_000,
      failureShareWarnPercent: get('DOCSTREAM_FAILURE_SHARE_WARN_PERCENT'),
    },
    deadLetters: {
      discardedRetentionDays: get('DOCSTREAM_DISCARDED_RETENTION_DAYS'),
      showsRaw: get('DOCSTREAM_RAW_RECORDS') === 'show',
    },
    dashboard: { currency: get('DOCSTREAM_CURRENCY') },
    tracing: {
      otlpEndpoint: get('DOCSTREAM_OTLP_ENDPOINT') === '' ? null : get('DOCSTREAM_OTLP_ENDPOINT'),
      samplePercent: get('DOCSTREAM_TRACE_SAMPLE_PERCENT'),
    },
    log: { level: get('DOCSTREAM_LOG_LEVEL'), format: get('DOCSTREAM_LOG_FORMAT') as 'text' | 'json' },
  });
}

function readEnvironment(): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new ConfigError('.env', 'cannot be read');
  }
  return process.env;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
