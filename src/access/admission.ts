import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Settings } from '../config.js';
import type { Scope } from '../config-keys.js';
import { problem, ProblemException } from '../problem.js';
import type { ApiKeys, KnownKey } from './api-keys.js';
import { expectKeys, noteKey } from './request-key.js';
import { networkOf, type WrongKeyThrottle } from './key-throttle.js';
import { askToSignIn, isFromPage } from './people.js';
import { viewerOf } from './viewer.js';

/**
 * Who may do what, and how often, before anything of a body is read. With keys configured, posting and operating need
 * one that may (401 without a key, 403 without the scope); reading does as well once a key names its scopes with `read`
 * among them, or where others than this machine come; people sign in for that. With a rate configured, a key, or an
 * address where there are no keys, may post and operate that many times in a second (429 with Retry-After). An address
 * that sends many wrong keys gets 429 for each further one, and goes on with a good one. Health, documentation, `/`, the
 * login with its styles, and what is not there are for everybody.
 */
export function admitRequests(
  fastify: FastifyInstance,
  { ingest }: Pick<Settings, 'ingest'>,
  keys: ApiKeys,
  wrongKeys: WrongKeyThrottle,
): void {
  const points = ingest.rateLimitPerSecond;
  const limiter = points > 0 ? new RateLimiterMemory({ points, duration: 1 }) : null;
  if (!keys.areNeeded && limiter === null) return;
  expectKeys(fastify);
  fastify.addHook('onRequest', async (request, reply) => {
    const scope = request.is404 ? null : scopeOf(request);
    if (scope === null) return;
    const viewer = viewerOf(request);
    const isNeeded = scope === 'read' ? keys.guardReading : keys.areNeeded;
    let key = viewer?.session.key ?? null;
    if (isNeeded) {
      // What is not shown to everybody is kept by nobody on the way.
      if (scope === 'read') void reply.header('cache-control', 'no-store');
      if (scope !== 'read' || viewer === null) {
        if (scope === 'read' && keyOf(request, scope) === undefined && askToSignIn(request, reply)) return reply;
        key = await authenticated(request, scope, keys, wrongKeys);
        noteKey(request, key);
      }
    }
    if (limiter === null || (scope === 'read' && isLook(request))) return;
    await admit(limiter, key?.digest.toString('base64') ?? networkOf(request.ip));
  });
}

function isLook({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Forms of pages ask for `operate` themselves. */
function scopeOf(request: FastifyRequest): Scope | null {
  const { url = '' } = request.routeOptions;
  if (url === '/invoiceitem' || url === '/invoiceitems') return 'ingest';
  if (url === '/dashboard' || url.startsWith('/dashboard/') || url === '/metrics') return 'read';
  if (!url.startsWith('/api/')) return null;
  return isLook(request) ? 'read' : 'operate';
}

/** The key that the request came with. @throws ProblemException 401, 403, 429 */
async function authenticated(
  request: FastifyRequest,
  scope: Scope,
  keys: ApiKeys,
  wrongKeys: WrongKeyThrottle,
): Promise<KnownKey> {
  const sent = keyOf(request, scope) ?? '';
  const key = keys.find(sent);
  if (key?.scopes.includes(scope) === true) return key;
  if (key !== null) throw new ProblemException(problem(403, `this API key may not ${scope}`));
  // Who asks without one guesses nothing: clients learn so that one is needed.
  if (sent !== '') await wrongKeys.count(request.ip);
  const challenge =
    scope === 'read' && !isFromPage(request) ? `Basic realm="docstream", charset="UTF-8", ${BEARER}` : BEARER;
  throw new ProblemException(problem(401, 'a valid API key is needed, as a bearer token or in X-API-Key'), {
    'www-authenticate': challenge,
  });
}

const BEARER = 'Bearer realm="docstream"';

async function admit(limiter: RateLimiterMemory, sender: string): Promise<void> {
  try {
    await limiter.consume(sender);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new ProblemException(problem(429, `more than ${limiter.points} requests a second`), {
      'retry-after': String(seconds),
    });
  }
}

/** Browsers have no other way than to ask for a password, which may only read: they send it unasked from any page. */
function keyOf({ headers }: FastifyRequest, scope: Scope): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const basic = scope === 'read' ? /^Basic +([\w+/=]+) *$/i.exec(headers.authorization ?? '')?.[1] : undefined;
  const password =
    basic === undefined
      ? undefined
      : Buffer.from(basic, 'base64')
          .toString()
          .replace(/^[^:]*:/, '');
  const header = headers['x-api-key'];
  return bearer ?? password ?? (typeof header === 'string' ? header : undefined);
}
