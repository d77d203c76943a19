/**
 * The little BSON that a readiness probe and the initiation of a replica set need. A value that was read is written
 * back with the type that it had, except that a whole number in a double becomes an int32 or a double by its value.
 */
export type BsonValue = string | number | bigint | boolean | null | BsonOpaque | BsonValue[] | BsonDocument;
export interface BsonDocument {
  [key: string]: BsonValue;
}

/** A value of a type that is not looked into (an object id, a date, a timestamp): kept as it came. */
export class BsonOpaque {
  constructor(
    readonly type: number,
    readonly bytes: Buffer,
  ) {}
}

const DOUBLE = 0x01;
const STRING = 0x02;
const DOCUMENT = 0x03;
const ARRAY = 0x04;
const BOOLEAN = 0x08;
const NULL = 0x0a;
const INT32 = 0x10;
const INT64 = 0x12;
/** Types of a fixed length in bytes: object id, date, timestamp, decimal128, min key, max key. */
const FIXED_BYTES = new Map([
  [0x07, 12],
  [0x09, 8],
  [0x11, 8],
  [0x13, 16],
  [0xff, 0],
  [0x7f, 0],
]);

export function encodeBson(document: BsonDocument): Buffer {
  const elements = Object.entries(document).flatMap(([key, value]) => {
    const { type, bytes } = encodeValue(value);
    return [Buffer.from([type]), Buffer.from(`${key}\0`), bytes];
  });
  const body = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeInt32LE(body.length + 5);
  return Buffer.concat([length, body, Buffer.from([0])]);
}

/** Reads a document; throws a RangeError for bytes that are none, and for a type that is not known here. */
export function decodeBson(bytes: Buffer): BsonDocument {
  return Object.fromEntries(readElements(bytes));
}

function encodeValue(value: BsonValue): { type: number; bytes: Buffer } {
  if (value === null) return { type: NULL, bytes: Buffer.alloc(0) };
  if (value instanceof BsonOpaque) return { type: value.type, bytes: value.bytes };
  if (Array.isArray(value)) return { type: ARRAY, bytes: encodeBson(Object.fromEntries(value.entries())) };
  if (typeof value === 'boolean') return { type: BOOLEAN, bytes: Buffer.from([value ? 1 : 0]) };
  if (typeof value === 'string') return { type: STRING, bytes: encodeString(value) };
  if (typeof value === 'bigint') return { type: INT64, bytes: filled(8, (to) => to.writeBigInt64LE(value)) };
  if (typeof value === 'object') return { type: DOCUMENT, bytes: encodeBson(value) };
  return (value | 0) === value
    ? { type: INT32, bytes: filled(4, (to) => to.writeInt32LE(value)) }
    : { type: DOUBLE, bytes: filled(8, (to) => to.writeDoubleLE(value)) };
}

function encodeString(value: string): Buffer {
  const text = Buffer.from(`${value}\0`);
  return Buffer.concat([filled(4, (to) => to.writeInt32LE(text.length)), text]);
}

function filled(bytes: number, fill: (to: Buffer) => void): Buffer {
  const to = Buffer.alloc(bytes);
  fill(to);
  return to;
}

function readElements(bytes: Buffer): [string, BsonValue][] {
  const end = bytes.readInt32LE(0) - 1;
  const elements: [string, BsonValue][] = [];
  let at = 4;
  while (at < end) {
    const type = bytes.readUInt8(at);
    const keyEnd = bytes.indexOf(0, at + 1);
    const { value, length } = readValue(type, bytes.subarray(keyEnd + 1));
    elements.push([bytes.toString('utf8', at + 1, keyEnd), value]);
    at = keyEnd + 1 + length;
  }
  return elements;
}

function readValue(type: number, bytes: Buffer): { value: BsonValue; length: number } {
  const fixed = FIXED_BYTES.get(type);
  if (fixed !== undefined) return { value: new BsonOpaque(type, Buffer.from(bytes.subarray(0, fixed))), length: fixed };
  switch (type) {
    case DOUBLE:
      return { value: bytes.readDoubleLE(0), length: 8 };
    case STRING:
      return { value: bytes.toString('utf8', 4, 3 + bytes.readInt32LE(0)), length: 4 + bytes.readInt32LE(0) };
    case DOCUMENT:
      return { value: decodeBson(bytes), length: bytes.readInt32LE(0) };
    case ARRAY:
      return { value: readElements(bytes).map(([, value]) => value), length: bytes.readInt32LE(0) };
    case 0x05: // binary: length, subtype, bytes
      return opaque(type, bytes, 5 + bytes.readInt32LE(0));
    case BOOLEAN:
      return { value: bytes.readUInt8(0) === 1, length: 1 };
    case NULL:
      return { value: null, length: 0 };
    case INT32:
      return { value: bytes.readInt32LE(0), length: 4 };
    case INT64:
      return { value: bytes.readBigInt64LE(0), length: 8 };
    default:
      throw new RangeError(`BSON type ${String(type)} is not known here`);
  }
}

function opaque(type: number, bytes: Buffer, length: number) {
  return { value: new BsonOpaque(type, Buffer.from(bytes.subarray(0, length))), length };
}
