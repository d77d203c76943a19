/** A header of a dead letter; Kafka takes several of one name. */
export interface LetterHeader {
  name: string;
  value: Buffer;
}

/** Headers by their names: of those of one name the last, and all of them for the names that are repeated. */
export interface LetterHeaders {
  headers: ReadonlyMap<string, Buffer>;
  repeated?: ReadonlyMap<string, readonly Buffer[]> | null;
}

/** All of them, those of one name together and in their order: kafkajs does not tell what lay between them. */
export function headersOf({ headers, repeated }: LetterHeaders): LetterHeader[] {
  const named = Array.from(headers, ([name, last]) => ({ name, values: repeated?.get(name) ?? [last] }));
  return named.flatMap(({ name, values }) => values.map((value) => ({ name, value })));
}

/** The other way round. */
export function gatherHeaders(list: readonly LetterHeader[]): Required<LetterHeaders> {
  const headers = new Map(list.map(({ name, value }) => [name, value]));
  if (headers.size === list.length) return { headers, repeated: null };
  const all = new Map<string, Buffer[]>();
  for (const { name, value } of list) {
    const values = all.get(name);
    if (values === undefined) all.set(name, [value]);
    else values.push(value);
  }
  return { headers, repeated: new Map([...all].filter(([, values]) => values.length > 1)) };
}
