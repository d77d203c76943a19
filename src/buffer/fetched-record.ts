import type { KafkaMessage } from 'kafkajs';
import { ByteReader } from './byte-reader.js';
import type { BatchHead } from './batch-head.js';

/** A record as kafkajs hands it on, and expects it. */
export interface FetchedMessage {
  offset: string;
  timestamp: string;
  attributes: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | Buffer[] | null>;
  isControlRecord: boolean;
  batchContext: BatchHead['context'];
}

/**
 * A record as kafkajs hands it on, which holds where its parts lie and makes each when it is asked for: a fetch brings
 * tens of thousands, of which one micro-batch after the other is needed. Ask once for what is needed twice.
 * docs/decisions/0027 has the figures.
 */
export class FetchedRecord implements FetchedMessage {
  private constructor(
    private readonly bytes: Buffer,
    private readonly head: BatchHead,
    private readonly offsetDelta: number,
    private readonly timestampMs: number,
    private readonly keyAt: number,
    private readonly valueAt: number,
    private readonly headersAt: number,
    readonly attributes: number,
  ) {}

  /**
   * The record at the reader's position, whose end is where the reader stands afterwards. Throws a RangeError for a
   * record whose parts reach beyond it, so that none of them does when it is asked for.
   */
  static read(reader: ByteReader, head: BatchHead): FetchedRecord {
    const size = reader.varint();
    const end = reader.at + size;
    if (size < 0 || end > reader.bytes.length) throw beyond();
    const attributes = reader.int8();
    const timestampMs = head.timeOf(reader.varint());
    const offsetDelta = reader.varint();
    const keyAt = reader.at;
    reader.skipVarintBytes();
    const valueAt = reader.at;
    reader.skipVarintBytes();
    const headersAt = reader.at;
    for (let count = reader.varint(); count > 0; count -= 1) {
      reader.skipVarintBytes();
      reader.skipVarintBytes();
    }
    if (reader.at > end) throw beyond();
    reader.at = end;
    const { bytes } = reader;
    return new FetchedRecord(bytes, head, offsetDelta, timestampMs, keyAt, valueAt, headersAt, attributes);
  }

  get offset(): string {
    return String(this.head.firstOffset + this.offsetDelta);
  }

  get timestamp(): string {
    return String(this.timestampMs);
  }

  get key(): Buffer | null {
    return new ByteReader(this.bytes, this.keyAt).varintBytes();
  }

  get value(): Buffer | null {
    return new ByteReader(this.bytes, this.valueAt).varintBytes();
  }

  /** A list of values where a name is repeated. */
  get headers(): FetchedMessage['headers'] {
    const reader = new ByteReader(this.bytes, this.headersAt);
    // Without a prototype, so that a sender can name a header after anything.
    const headers = Object.create(null) as FetchedMessage['headers'];
    for (let count = reader.varint(); count > 0; count -= 1) {
      const name = reader.varintBytes()?.toString('utf8') ?? '';
      const value = reader.varintBytes();
      const before = headers[name];
      if (before === undefined) headers[name] = value;
      else if (Array.isArray(before)) before.push(value as Buffer);
      else headers[name] = [before as Buffer, value as Buffer];
    }
    return headers;
  }

  /** The last value of this name, without making the others; null: it has none. */
  header(name: Buffer): Buffer | null {
    const reader = new ByteReader(this.bytes, this.headersAt);
    let last: Buffer | null = null;
    for (let count = reader.varint(); count > 0; count -= 1) {
      if (reader.isVarintBytes(name)) last = reader.varintBytes() ?? last;
      else reader.skipVarintBytes();
    }
    return last;
  }

  get isControlRecord(): boolean {
    return this.head.isControl;
  }

  get batchContext(): BatchHead['context'] {
    return this.head.context;
  }

  /** Bytes of its key and value, with their lengths. */
  get size(): number {
    return this.headersAt - this.keyAt;
  }
}

/** Bytes of the key and the value of what kafkajs gives, about. */
export function sizeOf(message: Pick<KafkaMessage, 'key' | 'value'>): number {
  if (message instanceof FetchedRecord) return message.size;
  return (message.key?.length ?? 0) + (message.value?.length ?? 0);
}

function beyond(): RangeError {
  return new RangeError('a record that reaches beyond its end');
}
