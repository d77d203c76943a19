import { isIP } from 'node:net';

/** A setting that stops the start; the message names the variable and says what it must be, never what it is. */
export class ConfigError extends Error {
  readonly code = 'CONFIG';
  constructor(
    readonly variable: string,
    reason: string,
  ) {
    super(`${variable} ${reason}`);
    this.name = 'ConfigError';
  }
}

/** What a rule answers for a text that it does not take. */
export interface Refused {
  refused: string;
}

/** From the text of a variable to its value, or what the text must be. */
export type SettingRule<T> = (raw: string) => T | Refused;

/** A whole number within the bounds, both included. */
export function integer(min: number, max: number): SettingRule<number> {
  return (raw) =>
    /^\d+$/.test(raw) && Number(raw) >= min && Number(raw) <= max
      ? Number(raw)
      : { refused: `must be a whole number from ${min} to ${max}` };
}

/** A text whose length lies within the bounds. */
export function text(min: number, max: number): SettingRule<string> {
  return (raw) => (raw.length >= min && raw.length <= max ? raw : { refused: `must have ${min} to ${max} characters` });
}

/** One of the words. */
export function oneOf(...words: string[]): SettingRule<string> {
  return (raw) => (words.includes(raw) ? raw : { refused: `must be one of ${words.join(', ')}` });
}

const isHostName = (name: string) => name.length <= 253 && /^(?!-)[\w-]+(?:\.[\w-]+)*$/.test(name);

/** What a server can listen on. */
export const host: SettingRule<string> = (raw) =>
  isIP(raw) !== 0 || isHostName(raw) ? raw : { refused: 'must be an IP address or the name of a host, without a port' };

/** Brokers as host:port, none where the text is empty. */
export const brokers: SettingRule<readonly string[]> = (raw) => {
  if (raw === '') return [];
  const list = raw.split(',').map((broker) => broker.trim());
  const isBroker = (broker: string) => {
    const port = /^(?:[^\s:/]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(broker)?.[1];
    return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
  };
  return list.every(isBroker) ? list : { refused: 'must be host:port, several separated by commas' };
};

/** A MongoDB connection string. */
export const uri: SettingRule<string> = (raw) =>
  raw === '' || /^mongodb(\+srv)?:\/\/.+/.test(raw) ? raw : { refused: 'must start with mongodb:// or mongodb+srv://' };

/** An address of HTTP, or none. */
export const httpAddress: SettingRule<string> = (raw) =>
  raw === '' || (/^https?:\/\//.test(raw) && URL.canParse(raw))
    ? raw
    : { refused: 'must be an address with http:// or https://' };

/** A name that Kafka takes for a topic. */
export const topic: SettingRule<string> = (raw) =>
  /^(?!\.{1,2}$)[\w.-]{1,249}$/.test(raw)
    ? raw
    : { refused: 'must be 1 to 249 ASCII letters, digits, dots, underscores and dashes' };

/** A name that MongoDB takes for a database on every system. */
export const database: SettingRule<string> = (raw) =>
  /^[^\p{C}/\\. "$*<>:|?]+$/u.test(raw) && Buffer.byteLength(raw) <= 63
    ? raw
    : { refused: 'must have 1 to 63 bytes, without blanks and without any of / \\ . " $ * < > : | ?' };

/** A secret that nobody guesses, or none. */
export const secret: SettingRule<string> = (raw) =>
  raw === '' || (raw.length >= 32 && raw.length <= 1_000) ? raw : { refused: 'must have 32 to 1000 characters' };

/** Addresses or networks of proxies, none where the text is empty. */
export const proxies: SettingRule<readonly string[]> = (raw) => {
  if (raw === '') return [];
  const list = raw.split(',').map((proxy) => proxy.trim());
  const isProxy = (proxy: string) => {
    if (['loopback', 'linklocal', 'uniquelocal'].includes(proxy)) return true;
    const [address = '', bits, ...rest] = proxy.split('/');
    const version = isIP(address);
    const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    return version !== 0 && isRange && rest.length === 0;
  };
  return list.every(isProxy)
    ? list
    : { refused: 'must be addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal' };
};

/** Names of hosts in lower case, none where the text is empty. */
export const hostNames: SettingRule<readonly string[]> = (raw) => {
  if (raw === '') return [];
  const list = raw.split(',').map((name) => name.trim().toLowerCase());
  return list.every(isHostName) ? list : { refused: 'must be names of hosts, without ports, separated by commas' };
};

/** A non-empty choice of roles. */
export const roles: SettingRule<readonly string[]> = (raw) => {
  const list = raw.split(',').map((role) => role.trim());
  return list.length > 0 && list.every((role) => ['ingest', 'processing', 'dashboard'].includes(role))
    ? [...new Set(list)]
    : { refused: 'must be some of ingest, processing, dashboard, separated by commas' };
};

/** A currency that the runtime knows how to write. */
export const currency: SettingRule<string> = (raw) =>
  Intl.supportedValuesOf('currency').includes(raw) ? raw : { refused: 'must be a currency of ISO 4217, such as GBP' };
