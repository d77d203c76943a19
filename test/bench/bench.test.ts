import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testKafkaBrokers, testStoreUri } from '../helpers/engines.js';
import { runScript } from '../helpers/script.js';

interface Result {
  environment: Record<string, unknown>;
  rounds: number;
  figures: Record<
    string,
    {
      unit: string;
      ours: number[];
      yardstick: number[];
      ratio: { min: number; median: number; max: number };
    }
  >;
}

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'docstream-bench-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const bench = (args: readonly string[], settings: Record<string, string> = {}) => {
  const engines = { KAFKA_BROKERS: testKafkaBrokers(), MONGODB_URI: testStoreUri() };
  return runScript('bench/main.mjs', args, { folder, settings: { ...engines, ...settings } });
};

describe('npm run bench', () => {
  const json = join(folder, 'result.json');
  let stdout = '';
  let result: Result;

  beforeAll(async () => {
    const done = await bench(['--quick', '--rounds', '1', '--only', 'ingest-single-latency', '--json', json]);
    if (done.code !== 0) throw new Error(done.stderr);
    stdout = done.stdout;
    result = JSON.parse(readFileSync(json, 'utf8')) as Result;
  });

  it('writes one ratio for each round, of docstream to its yardstick', () => {
    expect(Object.keys(result)).toEqual(['environment', 'rounds', 'figures']);
    expect(result.rounds).toBe(1);
    expect(Object.keys(result.figures)).toEqual(['ingest-single-latency']);
    const { unit, ours, yardstick, ratio } = result.figures['ingest-single-latency'] ?? fail();
    expect(unit).toBe('ms, p50');
    expect([ours.length, yardstick.length]).toEqual([1, 1]);
    const expected = (ours[0] ?? 0) / (yardstick[0] ?? 0);
    expect(expected).toBeGreaterThan(0);
    for (const value of [ratio.min, ratio.median, ratio.max]) expect(value / expected).toBeCloseTo(1, 2);
  });

  it('says what the figures depend on, and names no user, folder or address', () => {
    expect(result.environment).toMatchObject({ node: process.versions.node, quick: true });
    expect(JSON.stringify(result)).not.toMatch(/\/home|\/root|\/tmp|127\.0\.0\.1/);
  });

  it('prints a table and a chart, and does not pass a quick run off as a result', () => {
    expect(stdout).toMatch(/^\| ingest-single-latency +\| ms, p50 +\|/m);
    expect(stdout).toMatch(/^ingest-single-latency ▕.+▏/m);
    expect(stdout).toContain('Not a result');
    expect(existsSync(join(folder, 'bench'))).toBe(false);
  });

  it('answers a figure that does not exist with one line that names those that do', async () => {
    const { code, stderr } = await bench(['--only', 'speed']);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/no figure speed.+ingest-single.+idle-cpu/)]);
  });

  it.each([
    [{ MONGODB_URI: 'nonsense' }, /^bench: MONGODB_URI must .*\n$/],
    [{ DOCSTREAM_FOO: '1' }, /^bench: DOCSTREAM_FOO is not a setting .*\n$/],
    [{ KAFKA_BROKERS: '127.0.0.1:1' }, /bench: KAFKA_BROKERS or MONGODB_URI can't be used: .*\n$/],
  ])('tells what is wrong with %j in one line', async (settings, line) => {
    const { code, stderr } = await bench(['--only', 'ingest-single'], settings as Record<string, string>);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(line) });
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('says before it measures that the result can not be written', async () => {
    const { code, stderr } = await bench(['--json', '/no/such.json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^bench: --json \/no\/such\.json can't be written: .*\n$/);
  });
});

it('has lines enough without the real sample, in whose invoice numbers there is room for more digits', async () => {
  const { BenchData } = (await import(pathToFileURL(join(root, 'bench', 'data.mjs')).href)) as {
    BenchData: new (folder: string, hasSample: boolean) => { file(kind: string, count: number): Promise<string> };
  };
  const path = await new BenchData(folder, false).file('ndjson', 3_000);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(3_000);
  const numbers = new Set(lines.map((line) => (JSON.parse(line) as { InvoiceNo: string }).InvoiceNo));
  expect(numbers.size).toBeGreaterThan(100);
  for (const number of numbers) expect(number).toMatch(/^[CA]?\d{6}$/);
});

function fail(): never {
  throw new Error('there is no such figure');
}
