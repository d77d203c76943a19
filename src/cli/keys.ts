import { randomBytes } from 'node:crypto';
import { digestOf } from '../access/api-keys.js';
import { loadSettings } from '../config.js';
import { type ApiKey, KEY_NAME, type Scope, sha256Of } from '../config-keys.js';
import { CliError } from './cli-error.js';

export interface CreateOptions {
  scopes?: string;
  name?: string;
  json?: boolean;
}

const KEY_BYTES = 32;
const SCOPES: readonly Scope[] = ['ingest', 'read', 'operate'];

/** Prints a new key, which is kept nowhere, and the line that lets it in. Resolves with the exit code. */
export function createKey({ scopes: text = '', name, json }: CreateOptions): Promise<number> {
  const scopes = scopesOf(text);
  if (name !== undefined && !KEY_NAME.test(name)) {
    throw new CliError('--name must have 1 to 64 letters, digits, blanks and . _ @ -');
  }
  // The prefix lets scanners for leaked secrets find it.
  const key = `docstream_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const line = `${scopes.join('+')}:sha256:${digestOf(key).toString('hex')}${name === undefined ? '' : ` # ${name}`}`;
  if (json === true) say(JSON.stringify({ key, line }));
  else {
    say(`The key, shown this once:\n\n  ${key}\n`);
    say(`The line for the file that DOCSTREAM_API_KEYS_FILE names, from which nobody can tell the key:\n\n  ${line}\n`);
  }
  return Promise.resolve(0);
}

/** Prints what is configured, without anything that would let somebody in. Resolves with the exit code. */
export function listKeys({ json }: { json?: boolean }): Promise<number> {
  const rows = loadSettings().access.apiKeys.map(describe);
  if (json === true) for (const row of rows) say(JSON.stringify(row));
  else if (rows.length === 0) say('No API keys are configured.');
  else {
    const width = Math.max(...rows.map(({ scopes }) => scopes.join('+').length));
    for (const { scopes, sha256, kept, name } of rows) {
      say(`${scopes.join('+').padEnd(width)}  sha256:${sha256}…  ${kept.padEnd(6)}  ${name ?? ''}`.trimEnd());
    }
  }
  return Promise.resolve(0);
}

function describe(apiKey: ApiKey) {
  const { key, scopes, name = null } = apiKey;
  return { scopes, sha256: sha256Of(apiKey).slice(0, 12), kept: key === null ? 'hashed' : 'plain', name };
}

function scopesOf(text: string): readonly Scope[] {
  const named = text.split(/[,+]/).map((scope) => scope.trim());
  if (!named.every((scope) => (SCOPES as readonly string[]).includes(scope))) {
    throw new CliError('--scopes must be some of ingest, read, operate, separated by commas');
  }
  return SCOPES.filter((scope) => named.includes(scope));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
