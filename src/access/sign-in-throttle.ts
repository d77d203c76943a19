import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const ATTEMPTS_MAX = 10;
const WINDOW_S = 15 * 60;

/** Ten attempts to sign in that fail from an address, and no more for a quarter of an hour. */
@Injectable()
export class SignInThrottle {
  private readonly limiter = new RateLimiterMemory({ points: ATTEMPTS_MAX, duration: WINDOW_S });

  /** Counts the attempt before it is looked at. Resolves with the seconds to wait, null when it may be made. */
  async attempt(address: string): Promise<number | null> {
    try {
      await this.limiter.consume(networkOf(address));
      return null;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    }
  }

  /** An attempt that succeeded does not count. */
  async forget(address: string): Promise<void> {
    await this.limiter.reward(networkOf(address));
  }
}

/** Whoever has one IPv6 address mostly has all 2^64 of its network. */
function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).join(':');
}
