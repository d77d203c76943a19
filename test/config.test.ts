import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../src/config.js';
import { ConfigError } from '../src/config-rules.js';

const GOOD: [name: string, value: string][] = [
  ['PORT', '0'],
  ['PORT', '65535'],
  ['KAFKA_BROKERS', 'kafka-1:9092, kafka-2:9092,[::1]:65535'],
  ['MONGODB_URI', 'mongodb+srv://user:pass@cluster.example'],
  ['DOCSTREAM_INGESTION_TOPIC', 'Shop.items_1-a'],
  ['DOCSTREAM_DATABASE', 'Läden-1'],
  ['DOCSTREAM_API_KEYS', `${'k'.repeat(16)},${'l'.repeat(256)},`],
  ['DOCSTREAM_ROLES', 'ingest, processing'],
];

const BAD: [name: string, value: string][] = [
  ...['65536', '-1', '3000.0', '0x10', ' 3000', '3e3'].map((value): [string, string] => ['PORT', value]),
  ...['kafka', 'kafka:', ':9092', 'kafka:0', 'kafka:65536', 'kafka:9092;other:9092', 'http://kafka:9092', ','].map(
    (value): [string, string] => ['KAFKA_BROKERS', value],
  ),
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
  ['DOCSTREAM_API_KEYS', 'secret'],
  ['DOCSTREAM_API_KEYS', `${'k'.repeat(16)},secret`],
  ['DOCSTREAM_API_KEYS', ','],
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
      const { http, kafka, store, ingest, roles } = loadSettings(env);
      expect(http).toMatchObject({ host: '127.0.0.1', port: 3000 });
      expect(kafka).toMatchObject({ brokers: null, partitions: 3, ingestionTopic: 'ingestion-topic' });
      expect(kafka).toMatchObject({ outputTopic: 'spark-output', deadLetterTopic: 'dead-letters' });
      expect(store).toMatchObject({ uri: null, database: 'docstreaming' });
      expect(ingest).toMatchObject({ apiKeys: [], dateOrder: 'mdy' });
      expect(roles).toEqual(['ingest', 'processing', 'dashboard']);
    }
  });

  it.each(GOOD)('take %s=%j', (name, value) => {
    expect(() => loadSettings({ [name]: value })).not.toThrow();
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

  it('cannot be changed afterwards', () => {
    const settings = loadSettings({});
    expect(() => Object.assign(settings.kafka, { partitions: 9 })).toThrow(TypeError);
    expect(() => Object.assign(settings.ingest.apiKeys, { 0: 'x' })).toThrow(TypeError);
  });
});
