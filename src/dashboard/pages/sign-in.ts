import { Injectable } from '@nestjs/common';
import { ApiKeys, type KnownKey } from '../../access/api-keys.js';
import { type Session, Sessions } from '../../access/sessions.js';
import { SignInThrottle } from '../../access/key-throttle.js';

export interface Refusal {
  /** The status of the answer. */
  refused: 401 | 403 | 429;
  /** For the person. */
  message: string;
  /** For the log. */
  why: string;
  retryAfterSeconds: number | null;
}

/** From a key that somebody types to a session. */
@Injectable()
export class SignIn {
  constructor(
    private readonly keys: ApiKeys,
    private readonly sessions: Sessions,
    private readonly throttle: SignInThrottle,
  ) {}

  /** Resolves with the cookie of a new session, or why there is none. */
  async attempt(typed: unknown, address: string): Promise<{ key: KnownKey; cookie: string } | Refusal> {
    const seconds = await this.throttle.attempt(address);
    if (seconds !== null) return tooMany(seconds);
    const key = this.keys.find(typeof typed === 'string' ? typed.trim() : '');
    if (key === null) return UNKNOWN_KEY;
    await this.throttle.forget(address);
    if (!key.scopes.includes('read')) return NOT_FOR_READING;
    return { key, cookie: this.sessions.write(this.sessions.open(key)) };
  }

  end(session: Session): void {
    this.sessions.end(session);
  }
}

const UNKNOWN_KEY: Refusal = {
  refused: 401,
  message: 'This is not a key of this instance. Check that all of it was pasted.',
  why: 'no such key',
  retryAfterSeconds: null,
};

const NOT_FOR_READING: Refusal = {
  refused: 403,
  message: 'This key is for sending only. Ask for one with the scope read or operate.',
  why: 'the key may not read',
  retryAfterSeconds: null,
};

function tooMany(seconds: number): Refusal {
  const minutes = Math.ceil(seconds / 60);
  return {
    refused: 429,
    message: `Too many attempts from your address. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    why: 'too many attempts',
    retryAfterSeconds: seconds,
  };
}
