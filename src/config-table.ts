import {
  brokers,
  currency,
  database,
  host,
  hostNames,
  httpAddress,
  integer,
  oneOf,
  proxies,
  roles,
  secret,
  text,
  topic,
  uri,
  type SettingRule,
} from './config-rules.js';
import { keys } from './config-keys.js';

/** The one table of settings: name, default, rule and meaning. The README's table is checked against it. */
export const SETTING_RULES = {
  PORT: { fallback: '3000', rule: integer(0, 65_535), about: 'HTTP port (0: one that is free)' },
  HOST: { fallback: '127.0.0.1', rule: host, about: 'address to listen on' },
  KAFKA_BROKERS: { fallback: '', rule: brokers, about: 'host:port,... of Kafka; empty: a local one is started' },
  MONGODB_URI: {
    fallback: '',
    rule: uri,
    about: 'mongodb:// or mongodb+srv:// address; empty: a local store is started',
  },
  MONGODB_URI_FILE: { fallback: '', rule: text(0, 1_000), about: 'file that has the address instead' },
  DOCSTREAM_KAFKA_TLS: { fallback: 'false', rule: oneOf('true', 'false'), about: 'whether the brokers speak TLS' },
  DOCSTREAM_KAFKA_TLS_CA_FILE: {
    fallback: '',
    rule: text(0, 1_000),
    about: "PEM file of the authority that the brokers' certificates come from; empty: those that Node.js trusts",
  },
  DOCSTREAM_KAFKA_SASL_MECHANISM: {
    fallback: '',
    rule: oneOf('', 'plain', 'scram-sha-256', 'scram-sha-512'),
    about: 'plain, scram-sha-256 or scram-sha-512; empty: no login at the brokers',
  },
  DOCSTREAM_KAFKA_SASL_USERNAME: { fallback: '', rule: text(0, 1_000), about: 'who logs in at the brokers' },
  DOCSTREAM_KAFKA_SASL_PASSWORD: { fallback: '', rule: text(0, 10_000), about: 'with which password' },
  DOCSTREAM_KAFKA_SASL_PASSWORD_FILE: { fallback: '', rule: text(0, 1_000), about: 'file that has it instead' },
  DOCSTREAM_DATA_DIR: {
    fallback: '.docstream',
    rule: text(1, 1_000),
    about: 'folder of the local engines and their data',
  },
  DOCSTREAM_DATABASE: { fallback: 'docstreaming', rule: database, about: 'MongoDB database' },
  DOCSTREAM_API_KEYS: {
    fallback: '',
    rule: keys,
    about:
      'comma-separated keys (beyond loopback 16 characters or more each, or sha256:DIGEST), each for everything or as SCOPES:KEY; empty: open',
  },
  DOCSTREAM_API_KEYS_FILE: {
    fallback: '',
    rule: text(0, 1_000),
    about: 'file that has the keys instead; a change of it is in force within seconds',
  },
  DOCSTREAM_SESSION_SECRET: {
    fallback: '',
    rule: secret,
    about:
      'signs the sessions of the dashboard, 32 characters or more; the same for all instances; empty: a new one at each start',
  },
  DOCSTREAM_SESSION_SECRET_FILE: { fallback: '', rule: text(0, 1_000), about: 'file that has it instead' },
  DOCSTREAM_SESSION_IDLE_MINUTES: {
    fallback: '120',
    rule: integer(1, 720),
    about: 'how long a session nobody uses goes on, minutes; none goes on for more than 12 hours',
  },
  DOCSTREAM_TRUST_PROXY: {
    fallback: '',
    rule: proxies,
    about:
      'addresses of proxies before it, such as 10.0.0.0/8 or loopback: their X-Forwarded-For, -Proto and -Host count',
  },
  DOCSTREAM_ALLOW_OPEN: {
    fallback: 'false',
    rule: oneOf('true', 'false'),
    about: 'whether a HOST that is not loopback, or a proxy, may be listened to, and read, without keys',
  },
  DOCSTREAM_HOST_NAMES: {
    fallback: '',
    rule: hostNames,
    about:
      'names that an instance answers to which can be read without a key, beside localhost, addresses and, beyond loopback, names without a dot',
  },
  DOCSTREAM_DATE_ORDER: { fallback: 'mdy', rule: oneOf('mdy', 'dmy'), about: 'order of dates that are not ISO 8601' },
  DOCSTREAM_ROLES: { fallback: 'ingest,processing,dashboard', rule: roles, about: 'what this instance does' },
  DOCSTREAM_PROCESSING_THREAD: {
    fallback: 'true',
    rule: oneOf('true', 'false'),
    about:
      'whether processing has a thread of its own where this instance does other things as well: pages come sooner while lines come in, for more memory',
  },
  DOCSTREAM_PARTITIONS: {
    fallback: '3',
    rule: integer(1, 1_000),
    about: 'partitions of the ingestion and the output topic when they are created',
  },
  DOCSTREAM_GROUP: {
    fallback: 'docstream',
    rule: text(1, 200),
    about: 'consumer group, and prefix of the transactional ids',
  },
  DOCSTREAM_INGESTION_TOPIC: { fallback: 'ingestion-topic', rule: topic, about: 'topic of accepted items' },
  DOCSTREAM_OUTPUT_TOPIC: { fallback: 'spark-output', rule: topic, about: 'topic of processed documents' },
  DOCSTREAM_DEAD_LETTER_TOPIC: {
    fallback: 'dead-letters',
    rule: topic,
    about: 'topic of what could not be processed',
  },
  DOCSTREAM_SESSION_TIMEOUT_MS: {
    fallback: '10000',
    rule: integer(6_000, 60_000),
    about: 'consumer session time-out, ms',
  },
  DOCSTREAM_MESSAGE_BYTES_MAX: {
    fallback: '900000',
    rule: integer(100_000, 8_000_000),
    about: 'largest Kafka message or batch of messages written, bytes',
  },
  DOCSTREAM_APPEND_TIMEOUT_MS: {
    fallback: '10000',
    rule: integer(1_000, 120_000),
    about: 'how long a post waits for Kafka, ms',
  },
  DOCSTREAM_IN_FLIGHT_BYTES_MAX: {
    fallback: '8000000',
    rule: integer(1_000_000, 1_000_000_000),
    about: 'accepted but unacknowledged bytes held, half of it for single posts',
  },
  DOCSTREAM_STORE_TIMEOUT_MS: {
    fallback: '10000',
    rule: integer(1_000, 120_000),
    about: 'how long the store is waited for, ms; what it has not answered after twice as long is given up',
  },
  DOCSTREAM_RATE_LIMIT_PER_SECOND: {
    fallback: '0',
    rule: integer(0, 1_000_000),
    about: 'requests a second a key or address may post; 0: no limit',
  },
  DOCSTREAM_BATCH_RECORDS_MAX: { fallback: '8000', rule: integer(1, 50_000), about: 'records of one micro-batch' },
  DOCSTREAM_INVOICE_LINES_MAX: {
    fallback: '10000',
    rule: integer(1, 10_000),
    about:
      'lines of one invoice, which is one document of 16 MB and has 8,800 however long they are; what comes beyond is a dead letter',
  },
  DOCSTREAM_FAILURE_SHARE_WARN_PERCENT: {
    fallback: '50',
    rule: integer(1, 100),
    about: 'share of dead letters in a micro-batch of 100 records or more that is warned of, %',
  },
  DOCSTREAM_DISCARDED_RETENTION_DAYS: {
    fallback: '90',
    rule: integer(1, 3_650),
    about: 'how long a discarded dead letter stays on record, days',
  },
  DOCSTREAM_RAW_RECORDS: {
    fallback: 'show',
    rule: oneOf('show', 'hide'),
    about: 'whether pages and answers show key, value and headers of dead letters',
  },
  DOCSTREAM_CURRENCY: {
    fallback: 'GBP',
    rule: currency,
    about: 'currency of the amounts, as pages show them (ISO 4217)',
  },
  DOCSTREAM_START_TIMEOUT_MS: {
    fallback: '15000',
    rule: integer(0, 3_600_000),
    about: 'how long a start waits for a Kafka and a store that do not answer yet, ms',
  },
  DOCSTREAM_SHUTDOWN_TIMEOUT_MS: {
    fallback: '10000',
    rule: integer(1_000, 120_000),
    about: 'how long a stop may drain, ms',
  },
  DOCSTREAM_OTLP_ENDPOINT: {
    fallback: '',
    rule: httpAddress,
    about: 'where traces go, such as http://127.0.0.1:4318/v1/traces (OTLP over HTTP); empty: none are kept',
  },
  DOCSTREAM_TRACE_SAMPLE_PERCENT: {
    fallback: '10',
    rule: integer(0, 100),
    about: 'share of requests that are traced where the sender does not say, %',
  },
  DOCSTREAM_LOG_LEVEL: { fallback: 'info', rule: oneOf('error', 'warn', 'info', 'debug'), about: 'log level' },
  DOCSTREAM_LOG_FORMAT: {
    fallback: 'text',
    rule: oneOf('text', 'json'),
    about: 'log lines for people or for machines',
  },
} as const satisfies Record<string, { fallback: string; rule: SettingRule<unknown>; about: string }>;
