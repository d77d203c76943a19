import type { KafkaMessage } from 'kafkajs';
import { FetchedRecord } from './fetched-record.js';
import { headerIn, type RecordHeader } from '../record-header.js';
import type { RawRecord } from './micro-batch.js';

/** The years 1 to 9999: what stores and their clients in other languages have as dates. */
const DATE_MS_MIN = Date.parse('0001-01-01T00:00:00Z');
const DATE_MS_MAX = Date.parse('9999-12-31T23:59:59.999Z');

/** What kafkajs gives, as a record: its parts are made when they are asked for. */
export function rawRecord(message: KafkaMessage): RawRecord {
  return new MessageRecord(message);
}

/** What `headerIn` finds in the record, without making the other headers where that can be. */
export function headerOf(record: Pick<RawRecord, 'headers'>, name: string): Buffer | undefined {
  return record instanceof MessageRecord ? record.header(name) : headerIn(record.headers, name);
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

  get headers(): readonly RecordHeader[] {
    return headersOf(this.message);
  }

  header(name: string): Buffer | undefined {
    const message: object = this.message;
    if (!(message instanceof FetchedRecord)) return headerIn(this.headers, name);
    return message.header(bytesOf(name)) ?? undefined;
  }
}

/** All of them, those of one name together and in their order. */
export function headersOf({ headers = {} }: Pick<KafkaMessage, 'headers'>): RecordHeader[] {
  return Object.entries(headers).flatMap(([name, given]) =>
    [given].flat().map((value) => ({ name, value: Buffer.isBuffer(value) ? value : null })),
  );
}

const names = new Map<string, Buffer>();

/** Few names are asked for, and each in every record. */
function bytesOf(name: string): Buffer {
  const bytes = names.get(name) ?? Buffer.from(name);
  names.set(name, bytes);
  return bytes;
}

/** By their names, as kafkajs takes them: the value of a name, or a list of them where the name is repeated. */
export function headersByName<T extends Buffer | string | null>(
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
  return timestampMs >= DATE_MS_MIN && timestampMs <= DATE_MS_MAX ? timestampMs : -1;
}
