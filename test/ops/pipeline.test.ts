import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import request from 'supertest';
import type { Pipeline } from '../../src/ops/pipeline.service.js';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { line, produce } from './lines.js';

let app: TestApp;
const get = (path: string) => request(app.url).get(path);

/** As it is now: what an engine takes long for is told as it was, and that the engine is down. */
async function pipeline(): Promise<Pipeline> {
  const { body } = await get('/api/pipeline').expect(200);
  const { kafka, store } = (body as Pipeline).engines;
  return kafka.state === 'up' && store.state === 'up' ? (body as Pipeline) : pipeline();
}

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('GET /api/pipeline', () => {
  it('shows every partition at the start of its log before anything came', async () => {
    const { partitions, batches, deadLetters, engines } = await pipeline();
    expect(partitions).toHaveLength(3);
    const topic = app.settings.kafka.ingestionTopic;
    for (const [index, partition] of partitions.entries()) {
      expect(partition).toEqual({ topic, partition: index, endOffset: 0, storeOffset: 0, outputOffset: 0, lag: 0 });
    }
    expect(batches).toEqual([]);
    expect(deadLetters).toBe(0);
    expect(engines.kafka).toEqual({ state: 'up', message: null });
    expect(engines.store).toEqual({ state: 'up', message: null });
    expect(engines.consumer).toMatchObject({ state: 'running', message: null, waiting: [], stopped: [] });
  });

  it('counts a line, a duplicate and a dead letter in the batch that took them', async () => {
    const posted = line('536365', { EventId: 'one' });
    await request(app.url).post('/invoiceitem').send(posted).expect(200);
    await request(app.url).post('/invoiceitem').send(posted).expect(200);
    await produce(app.settings, [{ key: '536365', value: 'not json' }]);
    await app.settled();
    const { partitions, batches, deadLetters, rates } = await pipeline();
    const taken = partitions.find(({ endOffset }) => endOffset > 0);
    expect(taken).toMatchObject({ endOffset: 3, storeOffset: 3, outputOffset: 3, lag: 0 });
    const sum = (name: 'records' | 'stored' | 'duplicates' | 'deadLetters') =>
      batches.reduce((total, batch) => total + batch[name], 0);
    expect([sum('records'), sum('stored'), sum('duplicates'), sum('deadLetters')]).toEqual([3, 1, 1, 1]);
    expect(deadLetters).toBe(1);
    expect(rates.eventsInPerSecond).toBeGreaterThan(0);
    expect(rates.eventsOutPerSecond).toBeGreaterThan(0);
    expect(rates.batchesPerSecond).toBeGreaterThan(0);
    for (const batch of batches) expect(new Date(batch.at).toISOString()).toBe(batch.at);
  });

  it('never shows a lag of zero from before the last accepted line', async () => {
    for (let round = 0; round < 5; round++) {
      const before = (await pipeline()).partitions.reduce((sum, { endOffset }) => sum + endOffset, 0);
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          request(app.url)
            .post('/invoiceitem')
            .send(line(String(600_000 + n)))
            .expect(200),
        ),
      );
      const answers = await Promise.all([pipeline(), pipeline(), pipeline()]);
      for (const { partitions } of answers) {
        expect(partitions.reduce((sum, { endOffset }) => sum + endOffset, 0)).toBe(before + 20);
      }
    }
    await app.settled();
  });

  it('lists the newest fifty batches of all partitions, newest first', async () => {
    // A line that is sent once the one before it is settled cannot share that one's batch.
    for (let n = 0; n < 51; n++) {
      await request(app.url)
        .post('/invoiceitem')
        .send(line(String(700_000 + n)))
        .expect(200);
      await app.settled();
    }
    const { batches } = await pipeline();
    expect(batches.length).toBe(50);
    const times = batches.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    for (const partition of [0, 1, 2]) {
      const own = batches.filter((batch) => batch.partition === partition);
      for (const [index, batch] of own.slice(1).entries()) expect(batch.toOffset).toBe(own[index]?.fromOffset);
    }
  });
});

describe('GET /metrics', () => {
  it('is Prometheus text with requests, items, batches and lag', async () => {
    await request(app.url).post('/invoiceitem').send(line('bad number')).expect(400);
    await request(app.url)
      .post('/invoiceitems')
      .set('content-type', 'application/x-ndjson')
      .send(`${JSON.stringify(line('536400'))}\nnot json\n`)
      .expect(207);
    await get('/no/such/address').expect(404);
    await app.settled();
    const { text, headers } = await get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((row) => row.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    expect(value('docstream_http_requests_total{route="/invoiceitem",method="POST",status="400"}')).toBe(1);
    expect(value('docstream_http_requests_total{route="(unknown)",method="GET",status="404"}')).toBe(1);
    expect(value('docstream_http_request_duration_seconds_count{route="/invoiceitems",method="POST"}')).toBe(1);
    const accepted = value('docstream_http_requests_total{route="/invoiceitem",method="POST",status="200"}') + 1;
    expect(value('docstream_items_accepted_total')).toBe(accepted);
    expect(value('docstream_items_rejected_total')).toBe(2);
    expect(value('docstream_records_stored_total')).toBe(accepted - 1);
    expect(value('docstream_records_duplicate_total')).toBe(1);
    expect(value('docstream_records_dead_letter_total')).toBe(1);
    expect(value('docstream_batches_total')).toBeGreaterThan(0);
    expect(value('docstream_partition_lag{partition="0"}')).toBe(0);
    expect(value('docstream_consumer_state{state="running"}')).toBe(1);
    expect(value('docstream_engine_up{engine="kafka"}')).toBe(1);
    expect(value('docstream_append_in_flight_bytes')).toBe(0);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});

describe('what monitoring asks for', () => {
  const file = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', 'monitoring', name), 'utf8');

  /** Every expression of the file, with who asks. */
  const asked = (): [string, string][] => {
    const alerts = load(file('prometheus-alerts.yml')) as {
      groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
    };
    const dashboard = JSON.parse(file('grafana-dashboard.json')) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    const rules = alerts.groups.flatMap((group) => group.rules);
    expect(rules.every(({ annotations }) => annotations['summary'] && annotations['description'])).toBe(true);
    return [
      ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
      ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr])),
    ];
  };

  it('is in /metrics by these very names', async () => {
    await get('/no/such/address').expect(404);
    const { text } = await get('/metrics').expect(200);
    const known = new Set(Array.from(text.matchAll(/^([a-z_][a-z0-9_]*)[ {]/gm), ([, name]) => name ?? ''));
    const wanted = asked().flatMap(([who, expr]) =>
      Array.from(expr.matchAll(/\b(?:docstream|nodejs|process)_[a-z0-9_]+/g), ([name]) => ({ who, name })),
    );
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter(({ name }) => !known.has(name))).toEqual([]);
  });
});

describe('GET /health', () => {
  it('is live and ready while everything works', async () => {
    await get('/health/live').expect(200, { status: 'ok' });
    expect(await untilReady(app.url)).toMatchObject({
      status: 'ok',
      details: { kafka: { status: 'up' }, store: { status: 'up' }, consumer: { status: 'up' } },
    });
  });
});
