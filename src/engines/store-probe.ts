import { decodeBson, encodeBson, type BsonDocument, type BsonValue } from './bson.js';
import { exchange } from './exchange.js';

const OP_MSG = 2013;
const REPLICA_SET = 'docstream';
/** MongoDB's error code for a replica set that was initiated before. */
const ALREADY_INITIALIZED = 23;
/** MongoDB's error code for what should not happen. */
const INTERNAL_ERROR = 1;

/** Whether the server at this loopback port takes writes: `hello` answers and names it a writable primary. */
export async function storeAnswers(port: number): Promise<boolean> {
  try {
    return (await command(port, { hello: 1 }))['isWritablePrimary'] === true;
  } catch {
    return false;
  }
}

/**
 * Whether the server says that its storage serves no more, as SecantusDB does of every command after its disk was full,
 * until it is started anew; a mongod ends by itself then. One that does not answer has said nothing.
 */
export async function storeIsBroken(port: number): Promise<boolean> {
  try {
    return (await command(port, { listDatabases: 1, nameOnly: true }))['code'] === INTERNAL_ERROR;
  } catch {
    return false;
  }
}

/**
 * As storeAnswers, for a mongod: makes it a replica set of one first, for without one it has no transactions. When
 * its port has changed since, the set is told the new address.
 */
export async function mongodAnswers(port: number): Promise<boolean> {
  try {
    const hello = await command(port, { hello: 1 });
    if (hello['isWritablePrimary'] === true) return true;
    if (hello['isreplicaset'] === true) await makePrimary(port);
  } catch {
    // Not up yet, or busy with an election: the caller asks again.
  }
  return false;
}

async function makePrimary(port: number): Promise<void> {
  const members = [{ _id: 0, host: `127.0.0.1:${String(port)}` }];
  const initiated = await command(port, { replSetInitiate: { _id: REPLICA_SET, members } });
  if (Number(initiated['code']) !== ALREADY_INITIALIZED) return;
  const current = (await command(port, { replSetGetConfig: 1 }))['config'];
  if (!isDocument(current)) return;
  const next: BsonDocument = { ...current, version: Number(current['version']) + 1, members };
  await command(port, { replSetReconfig: next, force: true });
}

/** One command against the admin database, over a connection of its own. An answer with `ok: 0` is an answer. */
async function command(port: number, body: BsonDocument, timeoutMs = 2_000): Promise<BsonDocument> {
  const document = encodeBson({ ...body, $db: 'admin' });
  const head = Buffer.alloc(21); // length, request id, response to, operation, flags, section kind 0
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(OP_MSG, 12);
  const answer = await exchange({ port, timeoutMs, request: Buffer.concat([head, document]), frameBytes });
  return decodeBson(answer.subarray(21));
}

const frameBytes = (head: Buffer) => (head.length < 4 ? undefined : head.readInt32LE(0));

function isDocument(value: BsonValue | undefined): value is BsonDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.constructor === Object;
}
