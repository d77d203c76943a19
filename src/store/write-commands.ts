/** A document of a command, with whatever fields it has. */
export type Document = Record<string, unknown>;

/** A document to insert may be made when its command is. */
type Change = { insert: Document | (() => Document) } | { update: Document; with: Document };

/** One write that a transaction collects. */
export interface Write {
  collection: string;
  change: Change;
  /** As many as it takes in a command, or more. */
  bytes: number;
  /** What it means when the write finds nothing to change, or something where nothing should be. */
  otherwise: (() => Error) | undefined;
}

/** A command is a document, of which a server takes 16 MiB. A write that is larger than this has one to itself. */
export const COMMAND_BYTES_MAX = 8_000_000;

/** A write among those of several collections. */
export function bulkOperation(namespace: number, change: Change): Document {
  if ('insert' in change) return { insert: namespace, document: made(change.insert) };
  return { update: namespace, filter: change.update, updateMods: change.with };
}

function made(document: Document | (() => Document)): Document {
  return typeof document === 'function' ? (document as () => Document)() : document;
}

/** One command for writes of one kind to one collection. */
export function commandOf(writes: readonly Write[]): Document {
  const [collection] = writes.map((write) => write.collection);
  const changes = writes.map(({ change }) => change);
  const documents = changes.flatMap((change) => ('insert' in change ? [made(change.insert)] : []));
  const updates = changes.flatMap((change) => ('update' in change ? [{ q: change.update, u: change.with }] : []));
  return documents.length > 0 ? { insert: collection, documents } : { update: collection, updates };
}

/** The writes in their order, cut where collection or kind change, and where a command has bytes enough. */
export function runsOf(writes: readonly Write[]): Write[][] {
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
