import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type ApiKey, type Scope, sha256Of } from '../config-keys.js';
import { SETTINGS, type Settings } from '../config.js';
import { hasOthers } from '../config-access.js';

/** A configured key, as it is recognised. */
export interface KnownKey {
  /** SHA-256 of the key. */
  readonly digest: Buffer;
  readonly scopes: readonly Scope[];
  readonly name: string | null;
}

/**
 * The configured keys, known by their digests. One round of SHA-256 is enough: nobody guesses 256 random bits from their
 * digest, however fast a guess is; slow hashes are for what people choose.
 */
@Injectable()
export class ApiKeys {
  private known: readonly KnownKey[] = [];
  private isReadGuarded = false;
  /** Where others than this machine come, nothing is shown to everybody unless somebody has said so. */
  private readonly guardsAlways: boolean;

  constructor(@Inject(SETTINGS) { access, http }: Pick<Settings, 'access' | 'http'>) {
    this.guardsAlways = hasOthers(http) && !http.allowOpen;
    this.replace(access.apiKeys);
  }

  /** From now on these, and no other. */
  replace(keys: readonly ApiKey[]): void {
    this.known = keys.map((key) => {
      const { scopes, name = null } = key;
      return { digest: Buffer.from(sha256Of(key), 'hex'), scopes, name };
    });
    this.isReadGuarded = keys.some(({ scopes, isScoped }) => isScoped && scopes.includes('read'));
  }

  /** False where no keys are configured: everybody may do everything. */
  get areNeeded(): boolean {
    return this.known.length > 0;
  }

  /** Whether reading needs a key: somebody has made one for it, or others than this machine come. */
  get guardReading(): boolean {
    return this.areNeeded && (this.isReadGuarded || this.guardsAlways);
  }

  get all(): readonly KnownKey[] {
    return this.known;
  }

  /** Whether it still is one of them, with the same scopes. */
  has({ digest, scopes }: KnownKey): boolean {
    return this.known.some((key) => key.digest.equals(digest) && key.scopes.join() === scopes.join());
  }

  /** Null: none of them. Every key is compared in full, so that time tells nothing about any. */
  find(key: string): KnownKey | null {
    const sent = digestOf(key);
    let found: KnownKey | null = null;
    for (const entry of this.known) if (timingSafeEqual(entry.digest, sent)) found = entry;
    return found;
  }
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
