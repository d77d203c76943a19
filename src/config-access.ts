import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ApiKey, isShort } from './config-keys.js';
import { ConfigError } from './config-rules.js';

/** Settings whose value may stand in a file, named by the same variable with `_FILE` behind it. */
const SECRETS: readonly string[] = [
  'MONGODB_URI',
  'DOCSTREAM_API_KEYS',
  'DOCSTREAM_SESSION_SECRET',
  'DOCSTREAM_KAFKA_SASL_PASSWORD',
];

/** What a variable is set to, or what the file has that holds it; undefined for neither. @throws ConfigError */
export function textOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name] === '' ? undefined : env[name];
  const variable = `${name}_FILE`;
  const file = SECRETS.includes(name) ? env[variable] : undefined;
  if (file === undefined || file === '') return text;
  if (text !== undefined) throw new ConfigError(variable, `must not be set together with ${name}`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new ConfigError(variable, 'must name a file that can be read');
  }
}

/** How to get past the brokers' doors. */
export interface KafkaSecurity {
  /** Null: no TLS. `ca` is PEM text; null: the authorities that Node.js trusts. */
  readonly tls: { readonly ca: string | null } | null;
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | null;
}

export interface KafkaSecurityTexts {
  brokers: readonly string[];
  tls: boolean;
  caFile: string;
  mechanism: string;
  username: string;
  password: string;
}

/** All of it or nothing: what is half set would only fail later, and less clearly. @throws ConfigError */
export function kafkaSecurityOf(given: KafkaSecurityTexts): KafkaSecurity {
  const { tls, caFile, mechanism, username, password } = given;
  if (caFile !== '' && !tls) throw new ConfigError('DOCSTREAM_KAFKA_TLS_CA_FILE', 'must come with DOCSTREAM_KAFKA_TLS');
  if (mechanism === '' && username !== '') {
    throw new ConfigError('DOCSTREAM_KAFKA_SASL_USERNAME', 'must come with DOCSTREAM_KAFKA_SASL_MECHANISM');
  }
  if (mechanism !== '' && (username === '' || password === '')) {
    const missing = username === '' ? 'USERNAME' : 'PASSWORD';
    throw new ConfigError(`DOCSTREAM_KAFKA_SASL_${missing}`, 'must be set with DOCSTREAM_KAFKA_SASL_MECHANISM');
  }
  if ((tls || mechanism !== '') && given.brokers.length === 0) {
    throw new ConfigError('KAFKA_BROKERS', 'must be set with DOCSTREAM_KAFKA_TLS and DOCSTREAM_KAFKA_SASL_MECHANISM');
  }
  return {
    tls: tls ? { ca: caFile === '' ? null : authorityIn(caFile) } : null,
    sasl: mechanism === '' ? null : { mechanism, username, password },
  };
}

/** Where an instance listens, and whom it lets in. */
export interface Reach {
  readonly host: string;
  /** Addresses of proxies before it. */
  readonly trustProxy: readonly string[];
  readonly allowOpen: boolean;
}

/** Who can reach this instance must not be everybody by mistake. @throws ConfigError */
export function refuseOpenHost(reach: Reach, keys: readonly ApiKey[]): void {
  if (reach.allowOpen || !hasOthers(reach)) return;
  const isGuarded = keys.length > 0;
  if (isGuarded && !keys.some(isShort)) return;
  throw new ConfigError(
    'DOCSTREAM_API_KEYS',
    isGuarded
      ? 'must have 16 characters or more for each key where HOST is not a loopback address or a proxy is trusted'
      : 'must be set where HOST is not a loopback address or a proxy is trusted; on a network that you trust, DOCSTREAM_ALLOW_OPEN=true does without',
  );
}

/** Whether others than this machine come: from beyond loopback, or through a proxy that listens for them. */
export function hasOthers({ host, trustProxy }: Omit<Reach, 'allowOpen'>): boolean {
  return !isLoopback(host) || trustProxy.length > 0;
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === 'localhost' || host === '::1';
}

function authorityIn(file: string): string {
  let pem = '';
  try {
    pem = readFileSync(file, 'utf8');
  } catch {
    // As one that has no certificate.
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new ConfigError('DOCSTREAM_KAFKA_TLS_CA_FILE', 'must name a file with certificates in PEM');
}
