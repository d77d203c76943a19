import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import request from 'supertest';
import { parseItem } from '../../src/invoice/index.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { BAD_BODIES } from '../ingest/bad-bodies.js';
import { rawItem } from '../invoice/arbitraries.js';
import { line, produce } from './lines.js';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, object> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

let app: TestApp;
let document: Document;
let ajv: Ajv2020;
let receipt: string;

beforeAll(async () => {
  app = await startTestApp();
  document = (await request(app.url).get('/openapi.json').expect(200)).body as Document;
  ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { 'date-time': true, date: true, 'uri-reference': true },
  });
  ajv.addSchema({ $id: 'docstream', ...document });
  const { headers } = await request(app.url).post('/invoiceitem').send(line('536365')).expect(200);
  receipt = String(headers['location']);
  await produce(app.settings, [{ key: 'a', value: 'not json', headers: { 'event-id': 'a' } }]);
  await app.settled();
});
afterAll(() => app.close());

/** Says what is wrong with an answer by what the document promises of it; null when nothing is. */
function broken(path: string, method: string, answer: request.Response): string | null {
  const described = document.paths[path]?.[method]?.responses[String(answer.status)];
  if (described === undefined) return `${method} ${path} does not tell of ${answer.status}`;
  const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (described.content === undefined) return null;
  if (described.content[type] === undefined) return `${method} ${path} ${answer.status} does not tell of ${type}`;
  if (!type.endsWith('json')) return null;
  const pointer = ['paths', path, method, 'responses', String(answer.status), 'content', type, 'schema'];
  const parts = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  const validate: ValidateFunction = ajv.compile({ $ref: `docstream#/${parts.join('/')}` });
  return validate(answer.body) ? null : `${path} ${answer.status}: ${ajv.errorsText(validate.errors)}`;
}

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 of every call that the application answers', () => {
    expect(document.openapi).toBe('3.1.0');
    const calls = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((m) => `${m} ${path}`),
    );
    expect(calls.sort()).toEqual(
      [
        ...['get /', 'get /api/customers/{customerId}', 'get /api/customers/{customerId}/invoices'],
        ...['get /api/dead-letters', 'get /api/dead-letters/{id}', 'get /api/events', 'get /api/events/{receipt}'],
        ...['get /api/invoices/{invoiceNo}', 'get /api/pipeline', 'get /api/summary', 'get /docs'],
        ...['delete /api/dead-letters', 'delete /api/dead-letters/{id}', 'delete /api/dead-letters/replays/{job}'],
        ...['get /api/dead-letters/replays', 'get /api/dead-letters/replays/{job}'],
        ...['post /api/dead-letters/replay', 'post /api/dead-letters/{id}/replay'],
        ...['get /health/live', 'get /health/ready', 'get /metrics', 'get /openapi.json'],
        ...['post /invoiceitem', 'post /invoiceitems'],
      ].sort(),
    );
  });

  it('has references that lead somewhere, and operations that differ in their ids and declare their parameters', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name = ''] of references) expect(Object.keys(document.components.schemas)).toContain(name);
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item).map((operation) => ({ path, ...operation })),
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { path, parameters = [] } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath);
    }
    expect(JSON.stringify(document)).not.toContain('"nullable"');
  });

  it('names the content types of bulk bodies and every status of both posts', () => {
    const bulk = document.paths['/invoiceitems']?.['post'];
    expect(Object.keys(bulk?.requestBody?.content ?? {})).toEqual(
      expect.arrayContaining(['application/x-ndjson', 'text/csv', 'application/json']),
    );
    expect(Object.keys(bulk?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '207', '400', '401', '415', '503']),
    );
    const single = Object.keys(document.paths['/invoiceitem']?.['post']?.responses ?? {});
    expect(single).toEqual(expect.arrayContaining(['200', '400', '401', '413', '415', '429', '503']));
  });
});

describe('the item in the document', () => {
  it('is valid where the rules accept it', () => {
    const validate = ajv.compile({ $ref: 'docstream#/components/schemas/InvoiceItemDto' });
    fc.assert(
      fc.property(rawItem, (item) => {
        const { ok } = parseItem(item, { dateOrder: 'mdy' });
        // What is absent is no member of the JSON that a client sends.
        expect([ok, validate(JSON.parse(JSON.stringify(item))), validate.errors]).toEqual([true, true, null]);
      }),
      { numRuns: 500 },
    );
  });

  // A schema knows neither half a surrogate pair nor how many decimals a number has.
  const seen = BAD_BODIES.filter(([what, body]) => isJson(body) && !/\\ud[89a-f]|UnitPrice (?:2\.5|1e-7)/.test(what));
  it.each(seen)('is not valid where the rules refuse it: %s', (_, body) => {
    const validate = ajv.compile({ $ref: 'docstream#/components/schemas/InvoiceItemDto' });
    expect(validate(JSON.parse(body))).toBe(false);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('what is answered', () => {
  it.each([
    ['/', '/'],
    ['/api/invoices/{invoiceNo}', '/api/invoices/536365'],
    ['/api/invoices/{invoiceNo}', '/api/invoices/1'],
    ['/api/invoices/{invoiceNo}', '/api/invoices/%FF'],
    ['/api/customers/{customerId}', '/api/customers/17850'],
    ['/api/customers/{customerId}', '/api/customers/1'],
    ['/api/customers/{customerId}/invoices', '/api/customers/17850/invoices'],
    ['/api/customers/{customerId}/invoices', '/api/customers/17850/invoices?limit=0'],
    ['/api/summary', '/api/summary'],
    ['/api/summary', '/api/summary?from=x'],
    ['/api/pipeline', '/api/pipeline'],
    ['/api/dead-letters', '/api/dead-letters'],
    ['/api/dead-letters', '/api/dead-letters?limit=-1'],
    ['/api/dead-letters/{id}', '/api/dead-letters/none'],
    ['/api/events/{receipt}', '/api/events/none'],
    ['/health/live', '/health/live'],
    ['/health/ready', '/health/ready'],
    ['/metrics', '/metrics'],
    ['/docs', '/docs'],
    ['/openapi.json', '/openapi.json'],
    ['/api/summary', `/api/summary?from=${'x'.repeat(9_000)}`],
  ])('%s is described as it is answered (%#)', async (path, address) => {
    expect(broken(path, 'get', await request(app.url).get(address))).toBeNull();
  });

  it('holds for the trail of a stored record and for a dead letter', async () => {
    expect(broken('/api/events/{receipt}', 'get', await request(app.url).get(receipt))).toBeNull();
    const { body } = await request(app.url).get('/api/dead-letters');
    const { items } = body as { items: { id: string }[] };
    const one = await request(app.url).get(`/api/dead-letters/${items[0]?.id ?? ''}`);
    expect(one.status).toBe(200);
    expect(broken('/api/dead-letters/{id}', 'get', one)).toBeNull();
  });

  it('holds for what is done with dead letters', async () => {
    const { body } = await request(app.url).get('/api/dead-letters');
    const id = (body as { items: { id: string }[] }).items[0]?.id ?? '';
    const api = '/api/dead-letters';
    const one = `${api}/{id}`;
    const post = (path: string) => request(app.url).post(path);
    expect(broken(`${one}/replay`, 'post', await post(`${api}/${id}/replay`).send({}))).toBeNull();
    expect(broken(`${one}/replay`, 'post', await post(`${api}/none/replay`))).toBeNull();
    expect(broken(`${one}/replay`, 'post', await post(`${api}/${id}/replay`))).toBeNull();
    expect(broken(one, 'get', await request(app.url).get(`${api}/${id}`))).toBeNull();
    expect(broken(`${api}/replay`, 'post', await post(`${api}/replay`).send({ ids: [id] }))).toBeNull();
    expect(broken(`${api}/replay`, 'post', await post(`${api}/replay`).send({ raeson: 'x' }))).toBeNull();
    const list = await request(app.url).get(`${api}/replays`);
    expect(broken(`${api}/replays`, 'get', list)).toBeNull();
    const job = (list.body as { items: { id: string }[] }).items[0]?.id ?? '';
    expect(broken(`${api}/replays/{job}`, 'get', await request(app.url).get(`${api}/replays/${job}`))).toBeNull();
    expect(broken(`${api}/replays/{job}`, 'delete', await request(app.url).delete(`${api}/replays/${job}`))).toBeNull();
    expect(broken(one, 'delete', await request(app.url).delete(`${api}/${id}`))).toBeNull();
    expect(broken(one, 'get', await request(app.url).get(`${api}/${id}`))).toBeNull();
    expect(broken(api, 'delete', await request(app.url).delete(api))).toBeNull();
    expect(broken(api, 'delete', await request(app.url).delete(`${api}?reason=empty`))).toBeNull();
  });

  it.each([
    ['/invoiceitem', 'application/json', JSON.stringify(line('536366'))],
    ['/invoiceitem', 'application/json', '{}'],
    ['/invoiceitem', 'application/json', 'no'],
    ['/invoiceitem', 'application/json', 'x'.repeat(70_000)],
    ['/invoiceitem', 'text/plain', 'x'],
    ['/invoiceitems', 'application/x-ndjson', JSON.stringify(line('536367'))],
    ['/invoiceitems', 'application/x-ndjson', `${JSON.stringify(line('536367'))}\nno`],
    ['/invoiceitems', 'application/json', '[]'],
    ['/invoiceitems', 'text/plain', 'x'],
  ])('POST %s with %s is described as it is answered (%#)', async (path, type, body) => {
    const answer = await request(app.url).post(path).set('content-type', type).send(body);
    expect(broken(path, 'post', answer)).toBeNull();
  });
});

describe('GET /docs', () => {
  it('is a page whose parts all come from this host', async () => {
    const { text, headers } = await request(app.url).get('/docs').expect(200);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    const parts = [...text.matchAll(/(?:src|href)=["']([^"'#]+)["']/g)].map(([, address = '']) => address);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      expect(part).toMatch(/^\.\/docs\//);
      await request(app.url).get(part.slice(1)).expect(200);
    }
    const init = await request(app.url).get('/docs/swagger-ui-init.js').expect(200);
    expect(init.text).toMatch(/"validatorUrl":\s*null/);
  });
});
