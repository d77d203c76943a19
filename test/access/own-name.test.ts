import { expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import type { ApiKeys } from '../../src/access/api-keys.js';
import { answerToOwnName } from '../../src/access/own-name.js';
import { loadSettings } from '../../src/config.js';

/** The status for a request by this name. */
async function statusFor(name: string, env: Record<string, string>, guardReading = false): Promise<number> {
  const server = fastify();
  answerToOwnName(server, loadSettings(env), { guardReading } as ApiKeys);
  server.get('/', () => 'here');
  const { statusCode } = await server.inject({ url: '/', headers: { host: name } });
  await server.close();
  return statusCode;
}

const ALONE = {};
const OPEN = { HOST: '0.0.0.0', DOCSTREAM_ALLOW_OPEN: 'true' };
const NAMED = { ...OPEN, DOCSTREAM_HOST_NAMES: 'Shop.example, docstream.lan' };

it.each<[string, Record<string, string>, number]>([
  ['localhost:3000', ALONE, 200],
  ['127.0.0.1', ALONE, 200],
  ['app', ALONE, 421],
  ['evil.example', ALONE, 421],
  ['localhost:3000', OPEN, 200],
  ['192.0.2.7:3000', OPEN, 200],
  ['[2001:db8::1]:3000', OPEN, 200],
  ['app:3000', OPEN, 200],
  ['evil.example:3000', OPEN, 421],
  ['evil.example.', OPEN, 421],
  ['shop.example', NAMED, 200],
  ['SHOP.example.:3000', NAMED, 200],
  ['docstream.lan', NAMED, 200],
  ['evil.shop.example', NAMED, 421],
])('what can be read without a key, asked for as %s with %j, answers %i', async (name, env, status) => {
  expect(await statusFor(name, env)).toBe(status);
});

it('where reading needs a key, every name is answered to', async () => {
  expect(await statusFor('evil.example', OPEN, true)).toBe(200);
});

it('tells names from each other when they are asked for in turn, also by a proxy', async () => {
  const server = fastify({ trustProxy: true });
  answerToOwnName(server, loadSettings(ALONE), { guardReading: false } as ApiKeys);
  server.get('/', () => 'here');
  const statuses: number[] = [];
  for (const name of ['localhost', 'localhost', 'evil.example', 'evil.example', 'localhost']) {
    for (const headers of [{ host: name }, { host: 'localhost', 'x-forwarded-host': name }]) {
      statuses.push((await server.inject({ url: '/', headers })).statusCode);
    }
  }
  await server.close();
  expect(statuses).toEqual([200, 200, 200, 200, 421, 421, 421, 421, 200, 200]);
});
