import { isIPv6 } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { problem, ProblemException } from '../problem.js';

/** A person mistypes some; a device that is set up wrong goes on and on, and so does one that guesses. */
const SIGN_INS_MAX = 10;
const WRONG_KEYS_MAX = 100;
const WINDOW_S = 15 * 60;

/** So many attempts that fail from an address, and no more for a quarter of an hour. */
class KeyThrottle {
  private readonly limiter: RateLimiterMemory;

  constructor(private readonly attemptsMax: number) {
    this.limiter = new RateLimiterMemory({ points: attemptsMax, duration: WINDOW_S });
  }

  /** Null while there are not too many. `isFirst`: this attempt is the first one too many. */
  protected async consume(address: string): Promise<{ waitSeconds: number; isFirst: boolean } | null> {
    try {
      await this.limiter.consume(networkOf(address));
      return null;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const waitSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      return { waitSeconds, isFirst: refusal.consumedPoints === this.attemptsMax + 1 };
    }
  }

  protected async giveBack(address: string): Promise<void> {
    await this.limiter.reward(networkOf(address));
  }
}

/** For people who sign in: once there were too many attempts, the right key is refused as well. */
@Injectable()
export class SignInThrottle extends KeyThrottle {
  constructor() {
    super(SIGN_INS_MAX);
  }

  /** Counts the attempt before it is looked at. Resolves with the seconds to wait, null when it may be made. */
  async attempt(address: string): Promise<number | null> {
    return (await this.consume(address))?.waitSeconds ?? null;
  }

  /** An attempt that succeeded does not count. */
  async forget(address: string): Promise<void> {
    await this.giveBack(address);
  }
}

/**
 * For requests and forms with a key: the right one is never refused, because a whole shop may have one address. They
 * count apart from signing in, so that a till with a wrong key keeps nobody out.
 */
@Injectable()
export class WrongKeyThrottle extends KeyThrottle {
  private readonly logger = new Logger(WrongKeyThrottle.name);

  constructor() {
    super(WRONG_KEYS_MAX);
  }

  /** Counts a key that turned out to be wrong. @throws ProblemException 429 when there were too many. */
  async count(address: string): Promise<void> {
    const refusal = await this.consume(address);
    if (refusal === null) return;
    if (refusal.isFirst) this.logger.warn(`too many wrong API keys from ${address}`);
    throw new ProblemException(problem(429, 'too many wrong API keys came from this address'), {
      'retry-after': String(refusal.waitSeconds),
    });
  }
}

/** Whoever has one IPv6 address mostly has all 2^64 of its network. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).join(':');
}
