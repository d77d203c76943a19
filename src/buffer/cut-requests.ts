/**
 * The entries in their order, cut into requests that stay below so many bytes together. An entry that is larger than that
 * is a request of its own.
 */
export function* cutRequests<T>(entries: readonly T[], sizeOf: (entry: T) => number, bytesMax: number): Generator<T[]> {
  let request: T[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    if (request.length > 0 && bytes + size > bytesMax) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(entry);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
