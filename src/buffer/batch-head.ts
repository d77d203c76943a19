/** The head of a record batch, as far as anybody needs it. */
export interface BatchHead {
  firstOffset: number;
  lastOffset: number;
  /** 0: not compressed. */
  codec: number;
  isControl: boolean;
  /** What kafkajs needs for leaving out aborted records. */
  context: { producerId: string; inTransaction: boolean };
  /** The time of a record, ms since 1970, from the difference that it holds. */
  timeOf(difference: number): number;
}

/** Everything of a batch that comes before its records. */
export const BATCH_HEAD_BYTES = 61;
/** What its length leaves out: the first offset and the length itself. */
export const BATCH_UNCOUNTED_BYTES = 12;
/** In a batch of any format. */
export const MAGIC_AT = 16;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

export function batchHead(batch: Buffer): BatchHead {
  const attributes = batch.readInt16BE(21);
  const firstOffset = Number(batch.readBigInt64BE(0));
  return {
    firstOffset,
    lastOffset: firstOffset + batch.readInt32BE(23),
    codec: attributes & CODEC_MASK,
    isControl: (attributes & CONTROL) !== 0,
    context: {
      producerId: batch.readBigInt64BE(43).toString(),
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
    },
    timeOf: timesOf(batch),
  };
}

function timesOf(batch: Buffer): BatchHead['timeOf'] {
  const last = Number(batch.readBigInt64BE(35));
  if ((batch.readInt16BE(21) & LOG_APPEND_TIME) !== 0) return () => last;
  const first = Number(batch.readBigInt64BE(27));
  return (difference) => first + difference;
}
