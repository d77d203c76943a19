import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { SETTINGS, type Settings } from './config.js';
import { problem, ProblemException } from './problem.js';

/**
 * Who may change something, and how often. With keys configured, a request needs one of them (401); with a rate
 * configured, a key, or an address where there are no keys, may send that many requests in a second (429 with
 * Retry-After).
 */
@Injectable()
export class AdmissionGuard implements CanActivate {
  private readonly keys: ApiKeys;
  private readonly limiter: RateLimiterMemory | null;

  constructor(@Inject(SETTINGS) settings: Settings) {
    const { apiKeys, rateLimitPerSecond } = settings.ingest;
    this.keys = new ApiKeys(apiKeys);
    this.limiter = rateLimitPerSecond > 0 ? new RateLimiterMemory({ points: rateLimitPerSecond, duration: 1 }) : null;
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!this.keys.areNeeded && this.limiter === null) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const sender = this.keys.areNeeded ? this.authenticated(request) : request.ip;
    return this.limiter === null ? true : admit(this.limiter, sender);
  }

  private authenticated(request: FastifyRequest): string {
    const sent = keyOf(request) ?? '';
    if (this.keys.know(sent)) return digestOf(sent).toString('base64');
    throw new ProblemException(problem(401, 'a valid API key is needed, as a bearer token or in X-API-Key'), {
      'www-authenticate': 'Bearer realm="docstream"',
    });
  }
}

/** The configured keys. */
export class ApiKeys {
  private readonly digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.digests = keys.map(digestOf);
  }

  /** False where no keys are configured: everybody may do everything. */
  get areNeeded(): boolean {
    return this.digests.length > 0;
  }

  /** Every key is compared in full, so that time tells nothing about any. */
  know(key: string): boolean {
    const sent = digestOf(key);
    let known = false;
    for (const digest of this.digests) known = timingSafeEqual(digest, sent) || known;
    return known;
  }
}

async function admit(limiter: RateLimiterMemory, sender: string): Promise<boolean> {
  try {
    await limiter.consume(sender);
    return true;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new ProblemException(problem(429, `more than ${limiter.points} requests a second`), {
      'retry-after': String(seconds),
    });
  }
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' ? header : undefined);
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
