import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import cookie from '@fastify/cookie';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config.js';
import { ApiKeys, type KnownKey } from './api-keys.js';

/** Somebody who has signed in. */
export interface Session {
  readonly id: string;
  readonly key: KnownKey;
  readonly startedAtMs: number;
  readonly seenAtMs: number;
}

const SECRET_BYTES = 32;
/** However busy it is, a session ends a working day after it began. */
const AGE_MS_MAX = 12 * 3_600_000;
/** A cookie is sent again when its last sign of life is so old. */
const RENEW_MS = 60_000;

/**
 * Sessions of people, kept in their cookies and signed, so that every instance with the same secret knows them and the
 * pages need no store for it. A session ends when nobody has used it for `DOCSTREAM_SESSION_IDLE_MINUTES`, twelve hours
 * after its begin, when its key is taken away, or when its owner signs out, which this instance alone remembers.
 */
@Injectable()
export class Sessions {
  private readonly idleMs: number;
  private readonly signer: InstanceType<typeof cookie.Signer>;
  private readonly formSecret: Buffer;
  private readonly keySecret: Buffer;
  /** Signed out before their end: when that would have been, ms. */
  private readonly ended = new Map<string, number>();

  constructor(
    @Inject(SETTINGS) { access }: Pick<Settings, 'access'>,
    private readonly keys: ApiKeys,
  ) {
    const secret = access.sessionSecret ?? randomBytes(SECRET_BYTES);
    const derived = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `docstream ${use}`, SECRET_BYTES));
    this.idleMs = access.sessionIdleMinutes * 60_000;
    this.signer = new cookie.Signer(derived('session'));
    this.formSecret = derived('form');
    this.keySecret = derived('key');
  }

  /** A new session of whoever has this key. */
  open(key: KnownKey, nowMs = Date.now()): Session {
    return { id: randomBytes(18).toString('base64url'), key, startedAtMs: nowMs, seenAtMs: nowMs };
  }

  /** As a cookie holds it. The key stands in it as a code that tells nothing about it. */
  write({ id, key, startedAtMs }: Session, nowMs = Date.now()): string {
    return this.signer.sign([id, this.codeOf(key), startedAtMs, nowMs].join('.'));
  }

  /** The session that a cookie proves, null when it is over or was not signed here. */
  read(text: string, nowMs = Date.now()): Session | null {
    const { valid, value } = this.signer.unsign(text);
    if (!valid || value === null) return null;
    const [id = '', code, started, seen] = value.split('.');
    const key = this.keys.all.find((known) => this.codeOf(known) === code);
    if (key === undefined) return null;
    const session = { id, key, startedAtMs: Number(started), seenAtMs: Number(seen) };
    return this.isOpen(session, nowMs) ? session : null;
  }

  /** Whether it goes on: asked for again while an answer to it lasts. */
  isOpen({ id, key, startedAtMs, seenAtMs }: Session, nowMs = Date.now()): boolean {
    const isYoung = nowMs - startedAtMs < AGE_MS_MAX && nowMs - seenAtMs < this.idleMs;
    return isYoung && !this.ended.has(id) && key.scopes.includes('read') && this.keys.has(key);
  }

  isToRenew({ seenAtMs }: Session, nowMs = Date.now()): boolean {
    return nowMs - seenAtMs > RENEW_MS;
  }

  /** Signs out: its cookie, wherever a copy of it is, opens nothing any more. */
  end({ id, startedAtMs }: Session, nowMs = Date.now()): void {
    for (const [other, endMs] of this.ended) if (endMs < nowMs) this.ended.delete(other);
    this.ended.set(id, startedAtMs + AGE_MS_MAX);
  }

  /** What a form of this session's pages carries. New each time, so that compression betrays nothing of it. */
  formToken({ id }: Session): string {
    const salt = randomBytes(12).toString('base64url');
    return `${salt}.${hmac(this.formSecret, `${salt}.${id}`)}`;
  }

  /** Whether a form comes from a page of this session. */
  isFormToken({ id }: Session, token: unknown): boolean {
    if (typeof token !== 'string') return false;
    const [salt = '', mac = ''] = token.split('.');
    const expected = Buffer.from(hmac(this.formSecret, `${salt}.${id}`));
    const sent = Buffer.from(mac);
    return sent.length === expected.length && timingSafeEqual(sent, expected);
  }

  private codeOf({ digest }: KnownKey): string {
    return hmac(this.keySecret, digest);
  }
}

function hmac(secret: Buffer, text: string | Buffer): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}
