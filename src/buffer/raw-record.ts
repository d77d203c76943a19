import type { KafkaMessage } from 'kafkajs';
import type { RawRecord } from './micro-batch.js';

/** A header of a record; Kafka takes several of one name. */
export interface Header {
  name: string;
  value: Buffer;
}

/** The largest distance from 1970 that a date can have. */
const DATE_MS_MAX = 8.64e15;

/** What kafkajs gives, as a record. Headers without a value count as absent. */
export function rawRecord({ offset, timestamp, key, value, headers }: KafkaMessage): RawRecord {
  const last = new Map<string, Buffer>();
  let repeated: Map<string, Buffer[]> | null = null;
  for (const name in headers) {
    const header = headers[name];
    if (!Array.isArray(header)) {
      if (header && typeof header !== 'string') last.set(name, header);
      continue;
    }
    // Some of the name may be without a value.
    const values = header.filter((one) => Buffer.isBuffer(one));
    const latest = values.at(-1);
    if (latest !== undefined) last.set(name, latest);
    if (values.length > 1) (repeated ??= new Map<string, Buffer[]>()).set(name, values);
  }
  return { offset: Number(offset), timestampMs: dateable(Number(timestamp)), key, value, headers: last, repeated };
}

/** As kafkajs takes them: the value of a name, or a list of them where the name is repeated. */
export function headersByName<T extends Buffer | string>(
  headers: Iterable<{ name: string; value: T }>,
): Record<string, T | T[]> {
  const found = new Map<string, T | T[]>();
  for (const { name, value } of headers) {
    const before = found.get(name);
    if (before === undefined) found.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else found.set(name, [before, value]);
  }
  return Object.fromEntries(found);
}

/** The broker takes any time, also one that is no date; such a record counts as one without a time (-1 in Kafka). */
function dateable(timestampMs: number): number {
  return Math.abs(timestampMs) <= DATE_MS_MAX ? timestampMs : -1;
}
