import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createKafka } from '../../src/buffer/index.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { brokerFindings } from '../../src/cli/doctor/kafka-checks.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { runProgram } from '../../src/cli/program.js';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';

let app: TestApp;
let folder: string;

beforeAll(async () => {
  app = await startTestApp();
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  await untilReady(app.url);
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** What `docstream doctor` prints and exits with. */
async function doctor(changes: Record<string, string> = {}, ...args: string[]) {
  jest.replaceProperty(process, 'env', { ...app.environment, DOCSTREAM_DATA_DIR: folder, ...changes });
  const out: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  const exitCode = await runProgram(['doctor', ...args], COMMANDS);
  spy.mockRestore();
  return { exitCode, text: out.join('') };
}

/** Those that are not ok, by what was looked at. */
async function complaints(changes: Record<string, string> = {}) {
  const { exitCode, text } = await doctor(changes, '--json');
  const findings = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding)
    .filter(({ level }) => level !== 'ok');
  return { exitCode, findings };
}

/** A development system has one broker and the small store, which every run says. */
const DEVELOPMENT = [
  { level: 'warn', check: 'kafka', remedy: 'run three brokers' },
  { level: 'warn', check: 'store', remedy: 'for production set MONGODB_URI to MongoDB' },
];

async function topicSettings(name: string, settings: Record<string, string>): Promise<void> {
  const admin = createKafka(app.settings.kafka).admin();
  await admin.connect();
  const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] });
  // The broker has taken them, and goes by them once it has read them from its own log.
  await until(
    async () => {
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name }] });
      const now = new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
      return configEntries.every((entry) => now.get(entry.name) === entry.value);
    },
    20_000,
    () => `${name} does not get the settings ${JSON.stringify(settings)}`,
  );
  await admin.disconnect();
}

async function topicNames(): Promise<string[]> {
  const admin = createKafka(app.settings.kafka).admin();
  await admin.connect();
  const names = await admin.listTopics();
  await admin.disconnect();
  return names.filter((name) => name.startsWith(app.settings.kafka.groupId));
}

describe('a Kafka that may forget the end of a transaction', () => {
  it.each([
    { describeLogDirs: 4, warned: [] },
    { describeLogDirs: 5, warned: ['kafka markers'] },
    { describeLogDirs: null, warned: [] },
  ])('is told by its requests: DescribeLogDirs $describeLogDirs', ({ describeLogDirs, warned }) => {
    const facts = { brokers: 3, versions: { fetch: 18, describeLogDirs }, brokerSettings: new Map() };
    const findings = brokerFindings(facts, { ...app.settings.kafka });
    const warnings = findings.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ check }) => check)).toEqual(warned);
  });
});

describe('docstream doctor', () => {
  it('finds nothing wrong with a system that works, and leaves nothing behind', async () => {
    const { exitCode, text } = await doctor();
    expect(text).toMatch(/^ok {4}settings: go together$/m);
    expect(text).toMatch(/^warn {2}kafka: 1 broker, Kafka \d\.\d or newer: .+ -> run three brokers$/m);
    expect(text).toMatch(/^ok {4}topic test-\S+-ingestion: 3 partitions, 1 replica, records kept for 90 days$/m);
    expect(text).toMatch(/^ok {4}group test-\S+: Stable, 1 member, lag 0$/m);
    expect(text).toMatch(/^ok {4}kafka transaction: /m);
    expect(text).toMatch(/^ok {4}clock of kafka: \d+ ms (ahead of|behind) this machine$/m);
    expect(text).toMatch(/^ok {4}collection invoices: indexes as declared$/m);
    expect(text).toMatch(/^ok {4}store transaction: a document written to 11 collections and taken back$/m);
    expect(text).toMatch(/^ok {4}clock of store: \d+ ms (ahead of|behind) this machine$/m);
    expect(text).not.toMatch(/kafka markers/);
    expect(text).toMatch(/\n0 failed, 2 warned\n$/);
    expect(exitCode).toBe(0);
    for (const name of ['invoices', 'checkpoints', 'deadLetters', 'batches']) {
      expect(await app.sinks.collection(name).countDocuments({ _id: /doctor/ as never })).toBe(0);
    }
    const { ingestionTopic, outputTopic, deadLetterTopic } = app.settings.kafka;
    expect((await topicNames()).sort()).toEqual([deadLetterTopic, ingestionTopic, outputTopic].sort());
  });

  it('names each setting of a topic that would lose or refuse records, and how to mend it', async () => {
    const { ingestionTopic } = app.settings.kafka;
    await topicSettings(ingestionTopic, {
      'cleanup.policy': 'compact',
      'retention.ms': '3600000',
      'max.message.bytes': '100000',
      'min.insync.replicas': '2',
    });
    const { exitCode, findings } = await complaints();
    await topicSettings(ingestionTopic, { 'retention.ms': String(90 * 24 * 3_600_000) });
    const ofTopic = findings.filter(({ check }) => check === `topic ${ingestionTopic}`);
    expect(ofTopic.map(({ level, found }) => `${level} ${found}`)).toEqual([
      expect.stringMatching(/^FAIL min\.insync\.replicas is 2 of 1 replicas/),
      expect.stringMatching(/^FAIL cleanup\.policy is compact/),
      expect.stringMatching(/^FAIL max\.message\.bytes is 100000, docstream writes messages of up to 900000/),
      expect.stringMatching(/^FAIL retention\.ms is 3600000 \(1 hours\)/),
    ]);
    expect(ofTopic[1]?.remedy).toBe(
      `kafka-configs.sh --alter --entity-type topics --entity-name ${ingestionTopic} --add-config cleanup.policy=delete`,
    );
    expect(exitCode).toBe(1);
  });

  it('names a missing index, and one with other options', async () => {
    const letters = app.sinks.collection('deadLetters');
    await app.sinks.collection('invoices').dropIndex('invoiceDate_-1');
    await letters.dropIndex('expiresAt_1');
    await letters.createIndex({ expiresAt: 1 });
    const { exitCode, findings } = await complaints();
    await app.sinks.collection('invoices').createIndex({ invoiceDate: -1 });
    await letters.dropIndex('expiresAt_1');
    await letters.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, sparse: true });
    expect(findings.filter(({ level }) => level === 'FAIL')).toEqual([
      {
        level: 'FAIL',
        check: 'collection invoices',
        found: 'has no index {"invoiceDate":-1}',
        remedy: 'start docstream again, which creates it',
      },
      {
        level: 'FAIL',
        check: 'collection deadLetters',
        found: 'its index {"expiresAt":1} has other options',
        remedy: "db.deadLetters.dropIndex('expiresAt_1'), then start docstream again",
      },
    ]);
    expect(exitCode).toBe(1);
    expect((await complaints()).findings).toMatchObject(DEVELOPMENT);
  });

  it('says what is missing where nothing was ever started, and that nobody processes', async () => {
    const { exitCode, findings } = await complaints({
      DOCSTREAM_DATABASE: `${app.settings.store.database}-none`,
      DOCSTREAM_GROUP: `${app.settings.kafka.groupId}-none`,
      DOCSTREAM_OUTPUT_TOPIC: 'no-such-topic',
      DOCSTREAM_PARTITIONS: '6',
    });
    const failed = findings.filter(({ level }) => level === 'FAIL').map(({ check, found }) => `${check} ${found}`);
    expect(failed[0]).toBe('topic no-such-topic does not exist');
    expect(failed).toContain('collection invoices does not exist');
    expect(findings).toContainEqual(expect.objectContaining({ level: 'warn', found: expect.stringMatching(/6/) }));
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'warn', found: expect.stringMatching(/0 members, lag 0: nothing processes/) }),
    );
    expect(exitCode).toBe(1);
  });

  it('tells of engines that do not answer, without a password, and of settings that do not go together', async () => {
    const { exitCode, findings } = await complaints({
      KAFKA_BROKERS: '127.0.0.1:9',
      MONGODB_URI: 'mongodb://user:secret@127.0.0.1:9/',
      HOST: '0.0.0.0',
    });
    expect(findings.map(({ level, check }) => `${level} ${check}`)).toEqual([
      'FAIL settings',
      'FAIL kafka',
      'FAIL store',
    ]);
    expect(JSON.stringify(findings)).not.toContain('secret');
    expect(exitCode).toBe(1);
    const alone = await complaints({ KAFKA_BROKERS: '', MONGODB_URI: '', DOCSTREAM_ROLES: 'ingest' });
    expect(alone.findings.map(({ remedy }) => remedy)).toEqual([
      'set KAFKA_BROKERS, or take DOCSTREAM_ROLES away',
      'set MONGODB_URI, or take DOCSTREAM_ROLES away',
      'npm start, or set KAFKA_BROKERS',
      'npm start, or set MONGODB_URI',
    ]);
  });
});
