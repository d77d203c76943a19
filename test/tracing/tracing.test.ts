import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { runTool } from '../../src/engines/tool.js';
import { tailTopic } from '../../src/buffer/index.js';
import { Tracing } from '../../src/tracing/tracing.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';
import { line } from '../ops/lines.js';

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  links?: { traceId: string; spanId: string }[];
  attributes: { key: string; value: object }[];
  status: { code?: number };
}
interface OtlpBody {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER_TRACE = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const CLIENT_SPAN = '00f067aa0ba902b7';
const spans: OtlpSpan[] = [];
let collector: Server;
let app: TestApp;

beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as OtlpBody;
      spans.push(...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done));
  const { port } = collector.address() as AddressInfo;
  app = await startTestApp({
    DOCSTREAM_OTLP_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
    DOCSTREAM_TRACE_SAMPLE_PERCENT: '0',
  });
});
afterAll(async () => {
  await app.close();
  await new Promise((done) => collector.close(done));
});

async function post(path: string, type: string, body: string, traceparent?: string): Promise<number> {
  const headers = { 'content-type': type, ...(traceparent === undefined ? {} : { traceparent }) };
  const { status } = await fetch(app.url + path, { method: 'POST', headers, body });
  return status;
}

const named = (traceId: string, name: string) => spans.filter((span) => span.traceId === traceId && span.name === name);

describe('traces', () => {
  it('lead from the request through Kafka to both sinks, and tell nothing of the record', async () => {
    const topic = app.settings.kafka.ingestionTopic;
    const item = JSON.stringify(line('536365', { Description: 'SECRET LANTERN', CustomerID: 17999 }));
    expect(await post('/invoiceitem', 'application/json', item, `00-${TRACE}-${CLIENT_SPAN}-01`)).toBe(200);
    await until(
      () => named(TRACE, `process ${topic}`).length > 0 && named(TRACE, 'POST /invoiceitem').length > 0,
      60_000,
      () => `there are ${JSON.stringify(spans.map(({ name }) => name))}`,
    );
    const path = ['POST /invoiceitem', `send ${topic}`, `process ${topic}`].map((name) => named(TRACE, name)[0]);
    let parent = CLIENT_SPAN;
    for (const span of path) {
      expect([span?.name, span?.parentSpanId]).toEqual([span?.name, parent]);
      parent = span?.spanId ?? '';
    }
    expect(path.map((span) => span?.kind)).toEqual([2, 4, 5]);
    for (const name of ['store transaction', 'kafka transaction']) {
      expect(named(TRACE, name).map(({ parentSpanId }) => parentSpanId)).toEqual([parent]);
    }
    for (const told of ['SECRET', '536365', '17999']) expect(JSON.stringify(spans)).not.toContain(told);
  });

  it('of a body of many lines have one span of what is sent', async () => {
    const lines = Array.from({ length: 50 }, (_, n) => JSON.stringify(line('536370', { StockCode: `S${n}` })));
    const traceparent = `00-${OTHER_TRACE}-${CLIENT_SPAN}-01`;
    expect(await post('/invoiceitems', 'application/x-ndjson', lines.join('\n'), traceparent)).toBe(200);
    const topic = app.settings.kafka.ingestionTopic;
    await until(
      () => named(OTHER_TRACE, `process ${topic}`).length > 0,
      60_000,
      () => 'no micro-batch has the trace of the body',
    );
    expect(named(OTHER_TRACE, `send ${topic}`)).toHaveLength(1);
  });

  it('of several senders in one micro-batch are linked with each other, and tell a failure by its class', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    const tracing = new Tracing(provider.getTracer('test'));
    const headers = [TRACE, OTHER_TRACE, TRACE].map((trace) => `00-${trace}-${CLIENT_SPAN}-01`);
    const records = [...headers, 'no traceparent'].map((text) => ({
      headers: [{ name: 'traceparent', value: Buffer.from(text) }],
    }));
    const batch = tracing.microBatch({ topic: 'in', partition: 2, fromOffset: 7, records });
    const failing = batch.run((step) => step('store transaction', () => Promise.reject(new RangeError('SECRET'))));
    await expect(failing).rejects.toThrow('SECRET');
    const [store, first, second] = exporter.getFinishedSpans();
    expect([store, first, second].map((span) => [span?.name, span?.spanContext().traceId])).toEqual([
      ['store transaction', TRACE],
      ['process in', TRACE],
      ['process in', OTHER_TRACE],
    ]);
    expect(store?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
    expect(first?.links.map(({ context }) => context.traceId)).toEqual([OTHER_TRACE]);
    expect(second?.links.map(({ context }) => context.spanId)).toEqual([first?.spanContext().spanId]);
    expect(first?.status).toEqual({ code: 2, message: 'RangeError' });
  });

  it('are not kept of what no sender asks for, at a share of 0 %, nor of a traceparent that is none', async () => {
    const before = spans.length;
    expect(await post('/invoiceitem', 'application/json', JSON.stringify(line('536371')))).toBe(200);
    expect(await post('/invoiceitem', 'application/json', JSON.stringify(line('536371')), '00-no-no-01')).toBe(200);
    const unsampled = `00-${'c'.repeat(32)}-${CLIENT_SPAN}-00`;
    expect(await post('/invoiceitem', 'application/json', JSON.stringify(line('536371')), unsampled)).toBe(200);
    await app.settled();
    expect(await traceHeaders(app, '536371')).toEqual([undefined, undefined, undefined]);
    expect(spans.slice(before)).toEqual([]);
  });

  it('load nothing of OpenTelemetry but its interface where they are off', async () => {
    const script = `
      import { createRequire } from 'node:module';
      process.env.KAFKA_BROKERS = '127.0.0.1:9';
      const { startTracing } = await import('./dist/tracing/start-tracing.js');
      await import('./dist/app.js');
      const tracing = await startTracing({ tracing: { otlpEndpoint: null, samplePercent: 100 } });
      const { _cache } = createRequire(import.meta.url)('node:module');
      const loaded = Object.keys(_cache).filter((path) => path.includes('@opentelemetry/'));
      console.log(JSON.stringify([tracing.isOn, loaded.filter((path) => !path.includes('@opentelemetry/api/')).length]));
    `;
    const { stdout, stderr } = await runTool(process.execPath, ['--input-type=module', '-e', script], {
      timeoutMs: 300_000,
    });
    expect([stdout.trim(), stderr]).toEqual(['[false,0]', '']);
  });
});

/** The header of each record of the invoice in the topic. */
async function traceHeaders({ settings }: TestApp, invoiceNo: string): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  await tailTopic(settings.kafka, {
    topic: settings.kafka.ingestionTopic,
    fromBeginning: true,
    partition: null,
    readUncommitted: false,
    signal: AbortSignal.timeout(60_000),
    onRecord: ({ key, headers }) => {
      if (key?.toString() !== invoiceNo) return true;
      found.push(headers.find(({ name }) => name === 'traceparent')?.value?.toString());
      return found.length < 3;
    },
  });
  return found;
}
