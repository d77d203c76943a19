import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startTestApp, type TestApp } from '../helpers/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('an address', () => {
  it.each([
    ['post', '/api/invoices/536365', 'GET, HEAD'],
    ['put', '/api/dead-letters/ingestion-topic:0:1', 'GET, HEAD, DELETE'],
    ['get', '/api/dead-letters/ingestion-topic:0:1/replay', 'POST'],
    ['delete', '/dashboard/invoices/536365.csv', 'GET, HEAD'],
    ['get', '/invoiceitems', 'POST'],
    ['options', '/invoiceitem', 'POST'],
  ] as const)('answers %s %s with 405 and the methods that it takes', async (method, path, allowed) => {
    const { status, headers, body } = await request(app.url)[method](path);
    expect([status, body.status]).toEqual([405, 405]);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(String(headers['allow']).split(', ').sort()).toEqual(allowed.split(', ').sort());
  });

  it('below that of the API’s description has nothing, whatever methods its files take', async () => {
    const { headers } = await request(app.url).get('/docs/nope').expect(404);
    expect(headers['content-type']).toContain('application/problem+json');
    await request(app.url).post('/docs/nope').expect(405);
  });

  it('is the same with a slash at its end', async () => {
    await request(app.url).get('/dashboard/').expect(200);
    await request(app.url).get('/api/summary/').expect(200);
    await request(app.url).put('/api/summary/').expect(405);
  });

  it.each(['/dashboard/invoices/100%', '/dashboard/invoices/%ff?from=%zz', '/dashboard/%'])(
    'of a page that is malformed, as %s, gets a page',
    async (path) => {
      const answer = await fetch(app.url + path, { headers: { accept: 'text/html' } });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(await answer.text()).toContain('Not found');
    },
  );
});

it.each([
  ['localhost:3000', 200],
  ['shop.localhost', 200],
  ['127.0.0.1', 200],
  ['[::1]:3000', 200],
  ['evil.example:3000', 421],
  ['localhost.evil.example', 421],
  ['127.0.0.1.evil.example', 421],
])('an open instance that only this machine reaches answers to the name %s with %s', async (name, status) => {
  await request(app.url).get('/api/summary').set('Host', name).expect(status);
});

describe('what never becomes a request', () => {
  it.each([
    ['no HTTP at all', 'GARBAGE\r\n\r\n', 400],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a length that is no number', 'POST /invoiceitem HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}', 400],
    ['headers that are too long', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('is answered with a problem: %s', async (_, sent, status) => {
    const answer = await exchange(sent);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', title: expect.any(String), status });
  });

  it('is answered with 408 when its headers do not come to an end', async () => {
    expect(await exchange('GET / HTTP/1.1\r\nHost: a\r\nX: ')).toMatch(/^HTTP\/1\.1 408 .*"status":408/s);
  }, 120_000);
});

/** Everything that is answered before the connection is closed. */
function exchange(sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname, () => socket.write(sent));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
