import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { RawRecord } from './micro-batch.js';

/** A header of a record; Kafka takes several of one name. */
export interface Header {
  name: string;
  value: Buffer;
}

/** The largest distance from 1970 that a date can have. */
const DATE_MS_MAX = 8.64e15;

/** What kafkajs gives, as a record: its parts are made when they are asked for. Headers without a value count as absent. */
export function rawRecord(message: KafkaMessage): RawRecord {
  return new MessageRecord(message);
}

class MessageRecord implements RawRecord {
  readonly offset: number;

  constructor(private readonly message: KafkaMessage) {
    this.offset = Number(message.offset);
  }

  get timestampMs(): number {
    return dateable(Number(this.message.timestamp));
  }

  get key(): Buffer | null {
    return this.message.key;
  }

  get value(): Buffer | null {
    return this.message.value;
  }

  get headers(): ReadonlyMap<string, Buffer> {
    const last = new Map<string, Buffer>();
    const { headers } = this.message;
    for (const name in headers) {
      const header = valuesOf(headers[name]).at(-1);
      if (header !== undefined) last.set(name, header);
    }
    return last;
  }

  get repeated(): ReadonlyMap<string, readonly Buffer[]> | null {
    const repeated = new Map<string, Buffer[]>();
    const { headers } = this.message;
    for (const name in headers) {
      const values = valuesOf(headers[name]);
      if (values.length > 1) repeated.set(name, values);
    }
    return repeated.size > 0 ? repeated : null;
  }
}

/** Those of one name that have a value. */
function valuesOf(header: IHeaders[string]): Buffer[] {
  return [header].flat().filter((one) => Buffer.isBuffer(one));
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
