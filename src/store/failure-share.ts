/** What a micro-batch did, as far as the share of its failures goes. */
export interface Outcome {
  partition: number;
  records: number;
  deadLetters: number;
}

/** Fewer records say nothing about a share. */
const RECORDS_MIN = 100;

/**
 * What to tell people of a micro-batch so many of whose records became dead letters that the sender, and not the records,
 * is likely to be at fault; null for any other. It is processed all the same.
 * @param warnPercent DOCSTREAM_FAILURE_SHARE_WARN_PERCENT.
 */
export function failureWarning({ partition, records, deadLetters }: Outcome, warnPercent: number): string | null {
  if (records < RECORDS_MIN || deadLetters * 100 < records * warnPercent) return null;
  const percent = Math.floor((deadLetters * 100) / records);
  return `${deadLetters} of ${records} records (${percent} %) of a micro-batch of partition ${partition} became dead letters`;
}
