import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import { COMMANDS } from '../../src/cli/commands.js';
import { runProgram } from '../../src/cli/program.js';
import { generateLines } from '../../src/cli/shop.js';
import { encodeItem, ITEM_FIELDS, parseItem } from '../../src/invoice/index.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { produceRaw } from '../ops/garbage.js';

const LINES = 1_500;

describe('the commands of docstream on a running instance', () => {
  const environment = { ...process.env };
  let app: TestApp;
  let folder: string;
  let out: string[];
  let said: string[];

  beforeAll(async () => {
    app = await startTestApp();
    folder = mkdtempSync(join(tmpdir(), 'commands-'));
    const { kafka, store } = app.settings;
    Object.assign(process.env, {
      DOCSTREAM_DATA_DIR: folder,
      KAFKA_BROKERS: kafka.brokers?.join(','),
      MONGODB_URI: store.uri,
      DOCSTREAM_DATABASE: store.database,
      DOCSTREAM_GROUP: kafka.groupId,
      DOCSTREAM_INGESTION_TOPIC: kafka.ingestionTopic,
      DOCSTREAM_OUTPUT_TOPIC: kafka.outputTopic,
      DOCSTREAM_DEAD_LETTER_TOPIC: kafka.deadLetterTopic,
    });
  });
  afterAll(async () => {
    process.env = environment;
    await app.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    out = [];
    said = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const run = (...args: string[]) => runProgram(args, COMMANDS);
  /** Only where a command prints to standard output itself: jest's own reports go there too. */
  const printed = async (...args: string[]) => {
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
    const exitCode = await run(...args);
    spy.mockRestore();
    return { exitCode, text: out.join('') };
  };
  const lines = [...take(LINES)];
  const accepted = lines.flatMap(({ item }) => {
    const verdict = parseItem(item, { dateOrder: 'mdy' });
    return verdict.ok ? [verdict.item] : [];
  });

  it('loads a file, again without changing anything, and exports what was accepted', async () => {
    const file = join(folder, 'shop.csv.gz');
    const columns = [...ITEM_FIELDS];
    writeFileSync(
      file,
      gzipSync(
        stringify(
          lines.map(({ item }) => item),
          { header: true, columns },
        ),
      ),
    );
    const refused = LINES - csvAccepted(lines);
    for (let round = 0; round < 2; round++) {
      expect(await run('load', file, '--url', app.url)).toBe(2);
      expect(said.join('')).toContain(`${(LINES - refused).toLocaleString('en-GB')} accepted, ${refused} rejected`);
      expect(said.join('')).toContain('all processed after');
    }
    const rejections = readFileSync(`${file}.rejected.ndjson`, 'utf8').trimEnd().split('\n');
    expect(rejections).toHaveLength(refused);
    const output = join(folder, 'export.ndjson.gz');
    expect(await run('export', '--format', 'ndjson', '--output', output)).toBe(0);
    const exported = gunzipSync(readFileSync(output)).toString().trimEnd().split('\n');
    const unknownFieldsGone = lines.flatMap(({ item }) => {
      const verdict = parseItem(Object.fromEntries(ITEM_FIELDS.map((field) => [field, item[field]])), {
        dateOrder: 'mdy',
      });
      return verdict.ok ? [encodeItem(verdict.item)] : [];
    });
    expect(exported.sort()).toEqual(unknownFieldsGone.sort());
  });

  it('exports CSV that gives the same items when it is loaded', async () => {
    const output = join(folder, 'export.csv');
    expect(await run('export', '--output', output)).toBe(0);
    const [header, ...rows] = readFileSync(output, 'utf8').trimEnd().split('\n');
    expect(header).toBe(ITEM_FIELDS.join(','));
    expect(rows.length).toBeGreaterThanOrEqual(accepted.length);
    expect(await run('load', output, '--url', app.url)).toBe(0);
  });

  it('verifies what it has loaded, and finds what somebody changed', async () => {
    await app.settled();
    expect(await printed('verify')).toMatchObject({ exitCode: 0, text: expect.stringMatching(/^no difference: /) });
    out.length = 0;
    const before = await app.sinks.collection('invoices').findOne({});
    const [_id, lineCount] = [before?.['_id'], before?.['lineCount']] as [never, number];
    await app.sinks.collection('invoices').updateOne({ _id }, { $set: { lineCount: 9_999 } });
    const { exitCode, text } = await printed('verify');
    // A reader that goes away at once hears nothing of it, and the exit code says it all the same.
    const piped = spawnSync('bash', ['-o', 'pipefail', '-c', 'node dist/cli/main.js verify | exec sleep 0'], {
      env: { ...process.env, ...app.environment, NODE_OPTIONS: '' },
    });
    await app.sinks.collection('invoices').updateOne({ _id }, { $set: { lineCount } });
    expect(piped.status).toBe(1);
    expect([exitCode, text]).toEqual([
      1,
      expect.stringMatching(/^invoice \w+: lineCount is \d+, it has \d+ lines\n1 differences/),
    ]);
  });

  it('replays dead letters, all that match, after a dry run', async () => {
    const rejected = { key: 'k', value: 'neither JSON nor an item' };
    await produceRaw(app.settings, [rejected, rejected, { key: 'k', value: '{}' }]);
    await app.settled();
    const replay = async (...args: string[]) => {
      out.length = 0;
      return printed('replay', '--url', app.url, ...args);
    };
    expect(await replay('--dry-run')).toEqual({ exitCode: 0, text: '3 matched\n' });
    const answer = await replay('--reason', 'not-json', '--text', 'not JSON');
    expect(answer).toEqual({ exitCode: 0, text: '2 matched, 2 replayed, 0 failed\n' });
    expect(await replay('--from', '2101-01-01')).toEqual({ exitCode: 0, text: '0 matched, 0 replayed, 0 failed\n' });
    const kept = await app.sinks.collection('deadLetters').findOne({ state: 'replayed' });
    expect(kept?.['history']).toMatchObject([{ action: 'replayed', by: 'cli' }]);
    expect(await run('replay', '--url', app.url, '--from', 'yesterday')).toBe(1);
    expect(said.join('')).toContain('from must be a day');
  });

  it('lists the topics with the lag of the group', async () => {
    await app.settled();
    const { exitCode, text } = await printed('topics');
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^TOPIC +PARTITION +START +END +COMMITTED +LAG\n/);
    expect(text).toMatch(new RegExp(`^${app.settings.kafka.ingestionTopic} +0 +0 +(\\d+) +\\1 +0$`, 'm'));
    expect(text).toContain(`group ${app.settings.kafka.groupId}: lag 0`);
  });

  it('prints records of a topic, and ends after so many', async () => {
    const topic = app.settings.kafka.ingestionTopic;
    const { exitCode, text } = await printed('tail', topic, '--from-beginning', '--partition', '1', '--max', '3');
    expect(exitCode).toBe(0);
    const printedLines = text.trimEnd().split('\n');
    expect(printedLines).toHaveLength(3);
    for (const [offset, line] of printedLines.entries()) {
      expect(line).toMatch(
        new RegExp(`^${topic}\\[1\\]@${offset} \\S+Z key=\\w+ event-id=load-\\S+ .*value=\\{"InvoiceNo":`),
      );
    }
    expect(await run('tail', 'no-such-topic')).toBe(1);
    expect(said.at(-1)).toMatch(/^docstream: there is no topic no-such-topic; there are: /);
  });

  it('streams synthetic orders that are stored once', async () => {
    for (let round = 0; round < 2; round++) {
      expect(await run('demo', '--url', app.url, '--seed', '5', '--rate', '200', '--seconds', '1')).toBe(0);
      expect(said.at(-1)).toMatch(/accepted {2}\d+ rejected/);
    }
    await app.settled();
    expect((await printed('verify')).exitCode).toBe(0);
  });

  it('tells a wrong argument and an unreachable store or broker in one line', async () => {
    jest.replaceProperty(process, 'env', {
      ...process.env,
      MONGODB_URI: 'mongodb://user:secret@127.0.0.1:9/',
      KAFKA_BROKERS: '127.0.0.1:9',
    });
    expect(await run('verify')).toBe(1);
    expect(said.at(-1)).toMatch(/^docstream: the store does not answer: .+\n$/);
    expect(said.join('')).not.toContain('secret');
    expect(await run('topics')).toBe(1);
    expect(said.at(-1)).toMatch(/^docstream: Kafka does not answer: .+\n$/);
    expect(await run('demo', '--rate', 'fast')).toBe(1);
    expect(said.join('')).toMatch(/must be a number above 0/);
  });

  it.each([
    [['lod'], /unknown command 'lod'/],
    [['load'], /missing required argument 'files'/],
    [['verify', '--quick'], /unknown option '--quick'/],
    [['export', '--format', 'xml'], /'xml' is invalid\. Allowed choices are csv, ndjson\./],
    [['tail', 'spark-output', '--max', '0'], /must be a number above 0/],
    [['export', '--output', '/no/such/folder/lines.csv'], /there is no such folder/],
  ])('tells the mistake in %j in one line, with exit code 1', async (args, mistake) => {
    expect(await run(...args)).toBe(1);
    expect(said.join('')).toMatch(mistake);
    expect(said.join('')).toMatch(/^docstream: [^\n]+\n$/);
  });

  it('has help for every command, and a version', async () => {
    for (const { name } of COMMANDS) {
      out.length = 0;
      expect(await printed(name, '--help')).toEqual({
        exitCode: 0,
        text: expect.stringContaining(`docstream ${name} `),
      });
    }
    out.length = 0;
    expect(await printed('--version')).toEqual({ exitCode: 0, text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(said).toEqual([]);
  });

  it('says where nothing runs and nothing is configured', async () => {
    jest.replaceProperty(process, 'env', { DOCSTREAM_DATA_DIR: join(folder, 'empty') });
    expect(await run('export')).toBe(1);
    expect(said.at(-1)).toBe('docstream: docstream is not running here: npm start\n');
  });
});

function* take(count: number) {
  const shop = generateLines(3);
  for (let n = 0; n < count; n++) yield shop.next().value;
}

/** A CSV row has no place for an unknown field, and its columns name none. */
function csvAccepted(lines: { item: Readonly<Record<string, unknown>> }[]): number {
  return lines.filter(({ item }) => {
    const row = Object.fromEntries(ITEM_FIELDS.map((field) => [field, item[field]]));
    return parseItem(row, { dateOrder: 'mdy' }).ok;
  }).length;
}
