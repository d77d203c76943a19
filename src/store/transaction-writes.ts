import type { ClientSession, Connection, mongo } from 'mongoose';
import { bsonBytesAtMost } from './bson-bytes.js';
import { StoreUnavailableError, TooLargeForStoreError } from './errors.js';

type Document = Record<string, unknown>;

type Change = { insert: Document } | { update: Document; with: Document };

interface Write {
  collection: string;
  change: Change;
  /** As many as it takes in a command, or more. */
  bytes: number;
  /** What it means when the write finds nothing to change, or something where nothing should be. */
  otherwise: (() => Error) | undefined;
}

/** What became of one write, as the server tells it. */
interface WriteOutcome {
  n?: number;
  code?: number;
  errmsg?: string;
}

const DUPLICATE_KEY = 11_000;

/** From this wire version on (MongoDB 8.0) a server takes writes to several collections in one command. */
const BULK_WRITE_VERSION = 25;

/** With more writes than this the work outweighs the round trips, and a command for each collection is less work. */
const AT_ONCE_MAX = 40;

/** A command is a document, of which a server takes 16 MiB. A write that is larger than this has one to itself. */
const COMMAND_BYTES_MAX = 8_000_000;
/** What a write is wrapped in: its place in the list and the names of its parts. */
const WRAPPING_BYTES = 100;

/** BSONObjectTooLarge, the two for what a document becomes by an update, and TransactionTooLarge. */
const TOO_LARGE = new Set([10_334, 17_419, 17_420, 257]);
/** What older servers say under other codes. */
const SAYS_TOO_LARGE = /^object to insert too large|^BSONObj size: /;

/**
 * CommandNotFound and CommandNotSupported: what a server of this version answers nevertheless while its
 * featureCompatibilityVersion is still that of an older one, as it is for a while in an update.
 */
const NOT_SUPPORTED = new Set([59, 115]);

/** Whether the server takes `bulkWrite`, asked once for each connection. */
const answers = new WeakMap<Connection, Promise<boolean>>();

/**
 * What a transaction is going to write, collected and then sent in one command when it is little, since at rest the
 * round trips are most of a line's way, and in one for each collection when it is much: docs/decisions/0016. The bare
 * commands are used, since the driver's bulk API would measure every document's size before it is written.
 */
export class TransactionWrites {
  private readonly writes: Write[] = [];
  private bytes = 0;

  constructor(private readonly connection: Connection) {}

  insert(collection: string, document: object, otherwise?: () => Error): void {
    this.add({ collection, change: { insert: document as Document }, otherwise });
  }

  /** Changes the one document that fits; none is an error. `change` is a whole document, or update operators. */
  update(collection: string, filter: object, change: object, otherwise?: () => Error): void {
    this.add({ collection, change: { update: filter as Document, with: change as Document }, otherwise });
  }

  /**
   * Writes in the order of the calls, inside the session's transaction. The first write that does not do what it should
   * ends it: its own error, else StoreUnavailableError, and the transaction has to be aborted. TooLargeForStoreError when
   * one write is more than the store takes; all of them together may be any number of bytes.
   */
  async run(session: ClientSession): Promise<void> {
    if (this.writes.length === 0) return;
    const isLittle = this.writes.length <= AT_ONCE_MAX && this.bytes <= COMMAND_BYTES_MAX;
    const atOnce = isLittle && (await takesBulkWrite(this.connection));
    if (atOnce) await this.runAtOnce(session);
    else for (const writes of runsOf(this.writes)) await this.runAlike(writes, session);
  }

  private add(write: Omit<Write, 'bytes'>): void {
    const bytes = WRAPPING_BYTES + bsonBytesAtMost(write.change);
    this.writes.push({ ...write, bytes });
    this.bytes += bytes;
  }

  private async runAtOnce(session: ClientSession): Promise<void> {
    const namespaces = [...new Set(this.writes.map(({ collection }) => collection))];
    const database = databaseOf(this.connection);
    const command = {
      bulkWrite: 1,
      ops: this.writes.map(({ collection, change }) => bulkOperation(namespaces.indexOf(collection), change)),
      nsInfo: namespaces.map((collection) => ({ ns: `${database.databaseName}.${collection}` })),
      ordered: true,
    };
    const answer = await sent(() => database.admin().command(command, { session })).catch((error: unknown) => {
      // The transaction is over, and the next attempt does without.
      if (NOT_SUPPORTED.has(Number((error as mongo.MongoServerError).code)))
        answers.set(this.connection, Promise.resolve(false));
      throw error;
    });
    const { firstBatch } = answer['cursor'] as { firstBatch: WriteOutcome[] };
    for (const [index, write] of this.writes.entries()) {
      const outcome = firstBatch[index];
      if (outcome?.n !== 1) throw failure(write, outcome);
    }
  }

  /** Writes of one kind to one collection. */
  private async runAlike(writes: readonly Write[], session: ClientSession): Promise<void> {
    const answer = await sent(() => databaseOf(this.connection).command(commandOf(writes), { session }));
    const [first] = writes;
    const [error] = (answer['writeErrors'] ?? []) as (WriteOutcome & { index: number })[];
    if (first === undefined || answer['n'] === writes.length) return;
    throw failure(writes[error?.index ?? 0] ?? first, error);
  }
}

function bulkOperation(namespace: number, change: Change): Document {
  if ('insert' in change) return { insert: namespace, document: change.insert };
  return { update: namespace, filter: change.update, updateMods: change.with };
}

/** One command for writes of one kind to one collection. */
function commandOf(writes: readonly Write[]): Document {
  const [collection] = writes.map((write) => write.collection);
  const changes = writes.map(({ change }) => change);
  const documents = changes.flatMap((change) => ('insert' in change ? [change.insert] : []));
  const updates = changes.flatMap((change) => ('update' in change ? [{ q: change.update, u: change.with }] : []));
  return documents.length > 0 ? { insert: collection, documents } : { update: collection, updates };
}

/** The writes in their order, cut where collection or kind change, and where a command has bytes enough. */
function runsOf(writes: readonly Write[]): Write[][] {
  const runs: Write[][] = [];
  let last = '';
  let bytes = 0;
  for (const write of writes) {
    const kind = `${write.collection} ${Object.keys(write.change).join()}`;
    bytes += write.bytes;
    if (kind === last && bytes <= COMMAND_BYTES_MAX) {
      runs.at(-1)?.push(write);
    } else {
      runs.push([write]);
      bytes = write.bytes;
    }
    last = kind;
  }
  return runs;
}

/** The driver finds what is far too large itself, in laying it down, and the server the rest. */
async function sent(send: () => Promise<mongo.Document>): Promise<mongo.Document> {
  try {
    return await send();
  } catch (error) {
    const { name, code, message } = error as mongo.MongoServerError;
    if (name === 'RangeError' || isTooLarge(code, message)) throw new TooLargeForStoreError(message, error);
    throw error;
  }
}

function isTooLarge(code: unknown, message: string): boolean {
  return TOO_LARGE.has(Number(code)) || SAYS_TOO_LARGE.test(message);
}

/** What the server refuses for another reason (a document that is too large) is said in its own words. */
function failure({ collection, otherwise }: Write, outcome: WriteOutcome | undefined): Error {
  const { code, errmsg = `a write to ${collection} changed nothing` } = outcome ?? {};
  if (isTooLarge(code, errmsg)) return new TooLargeForStoreError(`${collection}: ${errmsg}`);
  const isExpected = code === undefined || code === 0 || code === DUPLICATE_KEY;
  return (isExpected ? otherwise?.() : undefined) ?? new StoreUnavailableError(`the store: ${errmsg}`);
}

function databaseOf(connection: Connection): mongo.Db {
  if (connection.db === undefined) throw new StoreUnavailableError('the store is not connected');
  return connection.db;
}

function takesBulkWrite(connection: Connection): Promise<boolean> {
  let answer = answers.get(connection);
  if (answer === undefined) {
    answer = databaseOf(connection)
      .admin()
      .command({ hello: 1 })
      .then(({ maxWireVersion }) => Number(maxWireVersion) >= BULK_WRITE_VERSION);
    answers.set(connection, answer);
    answer.catch(() => answers.delete(connection));
  }
  return answer;
}
