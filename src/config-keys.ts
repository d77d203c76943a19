import { createHash } from 'node:crypto';
import { ConfigError, type SettingRule } from './config-rules.js';

/** What a key may be good for; who may operate may read as well. */
export type Scope = 'ingest' | 'read' | 'operate';

export interface ApiKey {
  /** The key itself; null where only its SHA-256 is known. */
  key: string | null;
  /** In hexadecimal, where the key is null. */
  sha256?: string;
  scopes: readonly Scope[];
  /** False: the scopes are all there are, because none was named. */
  isScoped: boolean;
  /** What stands after a `#` on the key's line. */
  name?: string;
}

const VARIABLE = 'DOCSTREAM_API_KEYS_FILE';
/** What is shorter can be guessed: good for trying things out on one machine, where it stands in the environment. */
const KEY_CHARS_MIN = 16;
const SHAPE =
  'keys of visible ASCII characters (16 to 256 in a file and beyond loopback) or sha256: and 64 hexadecimal digits, separated by commas, each alone or as SCOPES:KEY with scopes of ingest, read, operate joined by +, none of them twice';

/**
 * Keys or their digests, each with its scopes before it or with all:
 * `KEY,ingest:KEY,read+operate:sha256:DIGEST`. On a line, what follows `# ` is a remark; beside a single key, its name.
 * What has text and no key in it is refused, because no key means open.
 */
export const keys: SettingRule<readonly ApiKey[]> = (raw) => {
  const found = raw.split(/\r?\n/).flatMap(keysOfLine);
  const good = found.filter((key) => key !== null);
  // With one key on two lines, which scopes it has would depend on who asks.
  const isGood = good.length === found.length && new Set(good.map(sha256Of)).size === good.length;
  return isGood && (raw === '' || good.length > 0) ? good : { refused: `must be ${SHAPE}` };
};

/** The keys of a file's text, at least one. @throws ConfigError that names the variable and not the content */
export function keysInFile(text: string): readonly ApiKey[] {
  const found = keys(text.trim());
  if ('refused' in found || found.some(isShort)) throw new ConfigError(VARIABLE, `must name a file with ${SHAPE}`);
  if (found.length === 0) throw new ConfigError(VARIABLE, NO_KEY);
  return found;
}

/** No key in it would mean: open to everybody. */
const NO_KEY = 'must name a file with at least one key in it';

export interface AccessSettings {
  readonly apiKeys: readonly ApiKey[];
  /** Where they come from, null when they stand in the environment. */
  readonly apiKeysFile: string | null;
  /** What signs the sessions of people; null: what this process makes up for itself. */
  readonly sessionSecret: string | null;
  readonly sessionIdleMinutes: number;
}

/** Who may do what, as the settings have it. @throws ConfigError */
export function accessOf(given: {
  apiKeys: readonly ApiKey[];
  file: string;
  secret: string;
  idleMinutes: number;
}): AccessSettings {
  const { apiKeys, file, secret, idleMinutes } = given;
  if (file !== '' && apiKeys.length === 0) throw new ConfigError(VARIABLE, NO_KEY);
  if (file !== '' && apiKeys.some(isShort)) throw new ConfigError(VARIABLE, `must name a file with ${SHAPE}`);
  return {
    apiKeys,
    apiKeysFile: file === '' ? null : file,
    sessionSecret: secret === '' ? null : secret,
    sessionIdleMinutes: idleMinutes,
  };
}

/** Whether the key can be guessed. Of a digest nobody can tell. */
export function isShort({ key }: ApiKey): boolean {
  return key !== null && key.length < KEY_CHARS_MIN;
}

/** A key may have a `#` in it, so only one that stands alone begins a remark. */
function keysOfLine(line: string): (ApiKey | null)[] {
  const [, text = '', remark] = /^(.*?)(?:(?<!\S)#(?:\s+(.*?)\s*)?)?$/.exec(line) ?? [];
  const found = text
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map(apiKeyOf);
  const [first] = found;
  const isNamed = found.length === 1 && remark !== undefined && KEY_NAME.test(remark);
  return isNamed && first ? [{ ...first, name: remark }] : found;
}

/** Short, and safe to stand in a log. */
export const KEY_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u;

function apiKeyOf(text: string): ApiKey | null {
  const [, named, key] = /^((?:ingest|read|operate)(?:\+(?:ingest|read|operate))*):(.*)$/.exec(text) ?? [];
  const secret = secretOf(key ?? text);
  if (secret === null) return null;
  const scopes = (named ?? 'ingest+read+operate').split('+') as Scope[];
  const isScoped = named !== undefined;
  return {
    ...secret,
    scopes: scopes.includes('operate') ? [...new Set<Scope>([...scopes, 'read'])] : scopes,
    isScoped,
  };
}

/** What begins as a digest and is none was cut short, and must not become a key that everybody who reads it can use. */
function secretOf(text: string): Pick<ApiKey, 'key' | 'sha256'> | null {
  if (text.startsWith('sha256:')) {
    const digest = text.slice('sha256:'.length);
    return /^[0-9a-f]{64}$/i.test(digest) ? { key: null, sha256: digest.toLowerCase() } : null;
  }
  return /^[\x21-\x7e]{1,256}$/.test(text) ? { key: text } : null;
}

/** In hexadecimal. */
export function sha256Of({ key, sha256 }: ApiKey): string {
  return key === null ? (sha256 ?? '') : createHash('sha256').update(key).digest('hex');
}
