/** A header of a Kafka record. Kafka takes several of one name, and headers without a value. */
export interface RecordHeader {
  name: string;
  value: Buffer | null;
}

/** The last value of this name; undefined: it has none. A header without a value counts as absent. */
export function headerIn(headers: readonly RecordHeader[], name: string): Buffer | undefined {
  return headers.findLast((header) => header.name === name && header.value !== null)?.value ?? undefined;
}
