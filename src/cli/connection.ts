import { readFileSync } from 'node:fs';
import { readEnginesFile } from '../engines/engines-file.js';
import { loadSettings, type Settings } from '../config.js';
import type { Scope } from '../config-keys.js';
import { CliError, fileError } from './cli-error.js';

/** Which engines a command needs. */
export interface Needs {
  kafka?: boolean;
  store?: boolean;
}

const NOT_RUNNING = 'docstream is not running here: npm start';

/**
 * The settings with the addresses of the engines: those that are configured, else those that the instance in this data
 * folder has started. CliError where there are none.
 */
export function settingsOfRunning(needs: Needs, settings: Settings = loadSettings()): Settings {
  const found = readEnginesFile(settings.dataDir);
  const kafka = found.kafka !== undefined && isAlive(found.kafka.pid) ? found.kafka.brokers.split(',') : null;
  const store = found.store !== undefined && isAlive(found.store.pid) ? found.store.uri : null;
  const brokers = settings.kafka.brokers ?? kafka;
  const uri = settings.store.uri ?? store;
  if ((needs.kafka === true && brokers === null) || (needs.store === true && uri === null)) {
    throw new CliError(NOT_RUNNING);
  }
  return { ...settings, kafka: { ...settings.kafka, brokers }, store: { ...settings.store, uri } };
}

/** How to reach the HTTP side of the running instance. */
export interface Target {
  url: string;
  apiKey: string | null;
}

/** What every command that talks to an instance takes. */
export interface TargetOptions {
  url?: string;
  apiKey?: string;
  apiKeyFile?: string;
}

/** The address and key: as given on the command line, else from the settings the first key with the scope. */
export function targetOf(options: TargetOptions, settings: Settings, scope: Scope): Target {
  const given = options.url ?? `http://${hostOf(settings.http.host)}:${settings.http.port}`;
  if (!URL.canParse(given) || !/^https?:/.test(given)) {
    throw new CliError('--url must be an address such as http://127.0.0.1:3000');
  }
  return { url: given.replace(/\/+$/, ''), apiKey: givenKey(options) ?? configuredKey(settings, scope) };
}

function givenKey({ apiKey, apiKeyFile }: TargetOptions): string | null {
  if (apiKeyFile === undefined) return apiKey ?? null;
  if (apiKey !== undefined) throw new CliError('--api-key and --api-key-file exclude each other');
  try {
    return readFileSync(apiKeyFile, 'utf8').trim();
  } catch (error) {
    throw fileError(apiKeyFile, error);
  }
}

function configuredKey({ access: { apiKeys } }: Settings, scope: Scope): string | null {
  const able = apiKeys.filter(({ scopes }) => scopes.includes(scope));
  const whole = able.find(({ key }) => key !== null);
  if (whole === undefined && able.length > 0) {
    const hint = 'give the key itself with --api-key-file FILE or --api-key KEY';
    throw new CliError(`only the hash of a key that may ${scope} is configured here: ${hint}`);
  }
  return whole?.key ?? null;
}

/** The headers that every request to the instance carries. */
export function authorization({ apiKey }: Target): Record<string, string> {
  return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
}

/** Rejects with one line when nothing answers at the address. */
export async function ensureRunning({ url }: Target): Promise<void> {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
  } catch (error) {
    throw new CliError(`docstream is not running at ${url}: npm start, or name its address with --url`, 1, {
      cause: error,
    });
  }
}

/** What the instance calls its data, which are others after its databases were made anew; null: it does not say. */
export async function installationAt({ url }: Target): Promise<string | null> {
  try {
    const headers = { accept: 'application/json' };
    const response = await fetch(`${url}/`, { headers, redirect: 'manual', signal: AbortSignal.timeout(5_000) });
    const { installation } = (await response.json()) as { installation?: unknown };
    return typeof installation === 'string' ? installation : null;
  } catch {
    return null;
  }
}

/** An address to listen on as one to connect to. */
function hostOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
