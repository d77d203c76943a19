import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { refuseOpenHost } from '../src/config-access.js';
import { loadSettings } from '../src/config.js';
import { ConfigError } from '../src/config-rules.js';

/** What each becomes, where the settings have it. */
const GOOD: [name: string, value: string, expected: object][] = [
  ['PORT', '0', { http: { port: 0 } }],
  ['PORT', '65535', { http: { port: 65_535 } }],
  [
    'KAFKA_BROKERS',
    'kafka-1:9092, kafka-2:9092,[::1]:65535',
    { kafka: { brokers: ['kafka-1:9092', 'kafka-2:9092', '[::1]:65535'] } },
  ],
  [
    'MONGODB_URI',
    'mongodb+srv://user:pass@cluster.example',
    { store: { uri: 'mongodb+srv://user:pass@cluster.example' } },
  ],
  ['DOCSTREAM_INGESTION_TOPIC', 'Shop.items_1-a', { kafka: { ingestionTopic: 'Shop.items_1-a' } }],
  ['DOCSTREAM_DATABASE', 'Läden-1', { store: { database: 'Läden-1' } }],
  [
    'DOCSTREAM_API_KEYS',
    `${'k'.repeat(16)},${'l'.repeat(256)},`,
    { access: { apiKeys: [{ key: 'k'.repeat(16) }, { key: 'l'.repeat(256) }] } },
  ],
  ['DOCSTREAM_API_KEYS', 'secret,k2', { access: { apiKeys: [{ key: 'secret' }, { key: 'k2' }] } }],
  ['DOCSTREAM_ROLES', 'ingest, processing', { roles: ['ingest', 'processing'] }],
  [
    'DOCSTREAM_TRUST_PROXY',
    'loopback, 10.0.0.0/8,192.0.2.1,2001:db8::/32',
    { http: { trustProxy: ['loopback', '10.0.0.0/8', '192.0.2.1', '2001:db8::/32'] } },
  ],
];

const BAD: [name: string, value: string][] = [
  ...['65536', '-1', '3000.0', '0x10', ' 3000', '3e3'].map((value): [string, string] => ['PORT', value]),
  ...['kafka', 'kafka:', ':9092', 'kafka:0', 'kafka:65536', 'kafka:9092;other:9092', 'http://kafka:9092', ','].map(
    (value): [string, string] => ['KAFKA_BROKERS', value],
  ),
  ['DOCSTREAM_TEST_X', '1'],
  ...['not a host', 'http://127.0.0.1', '127.0.0.1:3000', '[::1]'].map((value): [string, string] => ['HOST', value]),
  ['MONGODB_URI', 'http://secret@127.0.0.1'],
  ['MONGODB_URI', 'mongodb://'],
  ...['DOCSTREAM_INGESTION_TOPIC', 'DOCSTREAM_OUTPUT_TOPIC', 'DOCSTREAM_DEAD_LETTER_TOPIC'].flatMap((name) =>
    ['a secret', 'a/b', 'tópico', '.', '..'].map((value): [string, string] => [name, value]),
  ),
  ['DOCSTREAM_OUTPUT_TOPIC', 'ingestion-topic'],
  ['DOCSTREAM_DEAD_LETTER_TOPIC', 'ingestion-topic'],
  ['DOCSTREAM_DEAD_LETTER_TOPIC', 'spark-output'],
  ...['two words', 'a/b', 'a.b', '$a', 'a"b', 'ä'.repeat(32)].map((value): [string, string] => [
    'DOCSTREAM_DATABASE',
    value,
  ]),
  ['DOCSTREAM_API_KEYS', 'k'.repeat(257)],
  ['DOCSTREAM_API_KEYS', 'ingest:'],
  ['DOCSTREAM_API_KEYS', ','],
  ['DOCSTREAM_API_KEYS', 'operate:k1,read:k1'],
  ['DOCSTREAM_HOST_NAMES', 'shop.example:3000'],
  ['DOCSTREAM_HOST_NAMES', 'shop.example,'],
  ['DOCSTREAM_API_KEYS', '# secret'],
  ['DOCSTREAM_SESSION_SECRET', 'a secret that is short'],
  ...['secret', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0', ',', '*', 'true'].map((value): [string, string] => [
    'DOCSTREAM_TRUST_PROXY',
    value,
  ]),
  ['DOCSTREAM_API_KEYS', `sha256:${'0'.repeat(63)}`],
  ['DOCSTREAM_ROLES', 'ingest,reading'],
  ['DOCSTREAM_ROLES', ','],
  ['DOCSTREAM_DATE_ORDER', 'ymd'],
  ['DOCSTREAM_PARTITIONS', '0'],
  ['DOCSTREAM_PARTITION', '3'],
  ['DOCSTREAM_', '3'],
];

describe('settings', () => {
  it('are the defaults of the contract where nothing is set, or set to nothing', () => {
    for (const env of [{}, { PORT: '', KAFKA_BROKERS: '', DOCSTREAM_PARTITIONS: '', DOCSTREAM_API_KEYS: '' }]) {
      const { http, kafka, store, ingest, access, roles } = loadSettings(env);
      expect(http).toMatchObject({ host: '127.0.0.1', port: 3000 });
      expect(kafka).toMatchObject({ brokers: null, partitions: 3, ingestionTopic: 'ingestion-topic' });
      expect(kafka).toMatchObject({ outputTopic: 'spark-output', deadLetterTopic: 'dead-letters' });
      expect(store).toMatchObject({ uri: null, database: 'docstreaming' });
      expect(ingest).toMatchObject({ dateOrder: 'mdy' });
      expect(access).toMatchObject({ apiKeys: [], apiKeysFile: null });
      expect(roles).toEqual(['ingest', 'processing', 'dashboard']);
    }
  });

  it.each(GOOD)('take %s=%j', (name, value, expected) => {
    expect(loadSettings({ [name]: value })).toMatchObject(expected);
  });

  it.each(BAD)('refuse %s=%j, naming the variable and not its content', (name, value) => {
    let refusal: unknown;
    try {
      loadSettings({ [name]: value });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ConfigError);
    const { message, variable } = refusal as ConfigError;
    expect(variable).toBe(name);
    expect(message).toMatch(new RegExp(`^${name} (must|is not a setting)`));
    expect(message).not.toContain('secret');
  });

  it('take a topic of 249 characters and not of 250', () => {
    expect(loadSettings({ DOCSTREAM_OUTPUT_TOPIC: 't'.repeat(249) }).kafka.outputTopic).toHaveLength(249);
    expect(() => loadSettings({ DOCSTREAM_OUTPUT_TOPIC: 't'.repeat(250) })).toThrow(ConfigError);
  });

  it('give a key every scope, or those that stand before it', () => {
    const [all, some, operator] = loadSettings({
      DOCSTREAM_API_KEYS: `${'a'.repeat(16)}, ingest+read:${'b'.repeat(16)},operate:${'c:'.repeat(8)}`,
    }).access.apiKeys;
    expect(all).toEqual({ key: 'a'.repeat(16), scopes: ['ingest', 'read', 'operate'], isScoped: false });
    expect(some).toEqual({ key: 'b'.repeat(16), scopes: ['ingest', 'read'], isScoped: true });
    expect(operator).toEqual({ key: 'c:'.repeat(8), scopes: ['operate', 'read'], isScoped: true });
    const [named, odd] = loadSettings({
      DOCSTREAM_API_KEYS: `read:sha256:${'AB'.repeat(32)} # the analysts\n#${'d'.repeat(15)}#\n# a remark`,
    }).access.apiKeys;
    expect(named).toEqual({
      ...{ key: null, sha256: 'ab'.repeat(32), name: 'the analysts' },
      ...{ scopes: ['read'], isScoped: true },
    });
    expect(odd).toMatchObject({ key: `#${'d'.repeat(15)}#`, isScoped: false });
  });

  it('take secrets from files, and not twice', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    const [keys, uri, none] = ['keys', 'uri', 'none'].map((name) => join(folder, name));
    writeFileSync(String(keys), `${'a'.repeat(16)}\n${'b'.repeat(16)}\n`);
    writeFileSync(String(uri), 'mongodb://user:pass@store/\n');
    const settings = loadSettings({ DOCSTREAM_API_KEYS_FILE: keys, MONGODB_URI_FILE: uri });
    expect(settings.access.apiKeys.map(({ key }) => key)).toEqual(['a'.repeat(16), 'b'.repeat(16)]);
    expect(settings.store.uri).toBe('mongodb://user:pass@store/');
    for (const useless of ['', 'words that are no keys', `${'a'.repeat(16)}\n${'b'.repeat(15)}\n`]) {
      writeFileSync(String(keys), useless);
      const load = () => loadSettings({ DOCSTREAM_API_KEYS_FILE: keys });
      expect(load).toThrow(/^DOCSTREAM_API_KEYS_FILE must name a file/);
    }
    expect(() => loadSettings({ MONGODB_URI_FILE: none })).toThrow(/^MONGODB_URI_FILE must name a file/);
    expect(() => loadSettings({ MONGODB_URI_FILE: uri, MONGODB_URI: 'mongodb://a' })).toThrow(
      /together with MONGODB_URI$/,
    );
    rmSync(folder, { recursive: true });
  });

  it('log in at the brokers with everything that takes, or not at all', () => {
    const sasl = {
      KAFKA_BROKERS: 'kafka:9093',
      DOCSTREAM_KAFKA_TLS: 'true',
      DOCSTREAM_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      DOCSTREAM_KAFKA_SASL_USERNAME: 'shop',
      DOCSTREAM_KAFKA_SASL_PASSWORD: 'secret',
    };
    expect(loadSettings(sasl).kafka.security).toEqual({
      tls: { ca: null },
      sasl: { mechanism: 'scram-sha-512', username: 'shop', password: 'secret' },
    });
    expect(loadSettings({}).kafka.security).toEqual({ tls: null, sasl: null });
    for (const name of ['KAFKA_BROKERS', 'DOCSTREAM_KAFKA_SASL_USERNAME', 'DOCSTREAM_KAFKA_SASL_PASSWORD']) {
      expect(() => loadSettings({ ...sasl, [name]: '' })).toThrow(new RegExp(`^${name} must be set`));
    }
    const strange = { ...sasl, DOCSTREAM_KAFKA_TLS_CA_FILE: '/dev/null' };
    expect(() => loadSettings(strange)).toThrow(/^DOCSTREAM_KAFKA_TLS_CA_FILE must name/);
  });

  it.each([
    ['127.0.0.1', '', false, null],
    ['127.8.8.8', '', false, null],
    ['::1', '', false, null],
    ['localhost', '', false, null],
    ['localhost', 'short', false, null],
    ['0.0.0.0', '', false, /must be set .*DOCSTREAM_ALLOW_OPEN=true/],
    ['::', '', false, /must be set/],
    ['shop.example', '', false, /must be set/],
    ['127.evil.example', '', false, /must be set/],
    ['0.0.0.0', 'k'.repeat(16), false, null],
    ['0.0.0.0', `${'k'.repeat(16)},read:${'k'.repeat(15)}`, false, /must have 16 characters or more/],
    ['0.0.0.0', '', true, null],
    // What a proxy on this machine sends comes from everywhere.
    ['127.0.0.1', '', false, /must be set where .* a proxy is trusted/, 'loopback'],
    ['127.0.0.1', 'short', false, /must have 16 characters or more/, 'loopback'],
    ['127.0.0.1', '', true, null, 'loopback'],
  ])('listening on %s with the keys "%s" or explicitly open (%s): %s', (host, keys, allowOpen, refusal, proxy = '') => {
    const { http, access } = loadSettings({ HOST: host, DOCSTREAM_API_KEYS: keys, DOCSTREAM_TRUST_PROXY: proxy });
    const start = () => refuseOpenHost({ ...http, allowOpen }, access.apiKeys);
    if (refusal === null) expect(start).not.toThrow();
    else expect(start).toThrow(refusal);
  });

  it('cannot be changed afterwards', () => {
    const settings = loadSettings({});
    expect(() => Object.assign(settings.kafka, { partitions: 9 })).toThrow(TypeError);
    expect(() => Object.assign(settings.access.apiKeys, { 0: 'x' })).toThrow(TypeError);
  });
});
