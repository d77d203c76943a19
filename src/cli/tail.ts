import { isUtf8 } from 'node:buffer';
import { NoSuchTopicError, tailTopic, type TailRecord } from '../buffer/index.js';
import { CliError } from './cli-error.js';
import { settingsOfRunning } from './connection.js';
import { escaped, escapedJson } from './printable.js';

export interface TailOptions {
  fromBeginning?: boolean;
  partition?: number;
  max?: number;
  readUncommitted?: boolean;
  json?: boolean;
}

/** Prints records until Ctrl-C (exit code 0) or until there were enough. */
export async function tail(topic: string, options: TailOptions): Promise<number> {
  const { kafka } = settingsOfRunning({ kafka: true });
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const print = options.json === true ? jsonOf : lineOf;
  let left = options.max ?? Infinity;
  try {
    await tailTopic(kafka, {
      topic,
      fromBeginning: options.fromBeginning === true,
      partition: options.partition ?? null,
      readUncommitted: options.readUncommitted === true,
      signal: stop.signal,
      onRecord: async (record) => {
        // A slow reader of the output slows the reading of the topic.
        if (!process.stdout.write(`${print(record)}\n`))
          await new Promise((resolve) => process.stdout.once('drain', resolve));
        return --left > 0;
      },
    });
    return 0;
  } catch (error) {
    if (error instanceof NoSuchTopicError) throw new CliError(error.message);
    throw error;
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}

/** A record for people: position, time, key, headers, value on one line, safe for a terminal whatever it holds. */
export function lineOf({ topic, partition, offset, timestampMs, key, headers, value }: TailRecord): string {
  const parts = [`${topic}[${partition}]@${offset}`, timeOf(timestampMs), `key=${shown(key)}`];
  for (const header of headers) parts.push(`${escaped(header.name)}=${shown(header.value)}`);
  parts.push(`value=${shown(value)}`);
  return parts.join(' ');
}

/** A record for programs; what is not text is an object with its base64. */
export function jsonOf({ topic, partition, offset, timestampMs, key, headers, value }: TailRecord): string {
  const text = (bytes: Buffer | null) =>
    bytes === null ? null : isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') };
  const shownHeaders = headers.map(({ name, value: bytes }) => [name, text(bytes)]);
  const record = JSON.stringify({
    topic,
    partition,
    offset,
    timestamp: timeOf(timestampMs),
    key: text(key),
    headers: shownHeaders,
    value: text(value),
  });
  // JSON itself leaves those of Unicode as they are.
  return escapedJson(record);
}

/** Text as it is, with escapes for what does not print; `base64:...` for what is not text; `null` for nothing. */
function shown(bytes: Buffer | null): string {
  if (bytes === null) return 'null';
  return isUtf8(bytes) ? escaped(bytes.toString('utf8')) : `base64:${bytes.toString('base64')}`;
}

function timeOf(ms: number): string {
  return Number.isFinite(ms) && ms >= 0 && ms < 8.64e15 ? new Date(ms).toISOString() : 'no-time';
}
