import { Inject, Injectable } from '@nestjs/common';
import { PartitionLog, type Position, type RawRecord, type Receipt, RecordReader } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { Checkpoints } from '../store/index.js';
import { isRecordOf } from './record-identity.js';

/** Where the record of a receipt stands. */
export interface RecordPlace {
  /** Null: Kafka no longer has it, or can't be asked now. */
  record: RawRecord | null;
  /** Records that come before it; null when a micro-batch has taken it. */
  before: number | null;
}

/** Finds a record by the position that its receipt names: one checkpoint and one fetch, never a scan. */
@Injectable()
export class RecordPlaces {
  constructor(
    private readonly checkpoints: Checkpoints,
    private readonly records: RecordReader,
    private readonly log: PartitionLog,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Null: there is no such record. Rejects with StoreUnavailableError, and with BufferUnavailableError where only Kafka
   * could tell.
   */
  async find(receipt: Receipt): Promise<RecordPlace | null> {
    const { partition, offset } = receipt;
    const checkpoint = await this.checkpoints.read(partition);
    const isTaken = checkpoint !== null && offset < checkpoint.nextOffset;
    const reading = this.records.read(partition, offset);
    const record = isTaken ? await reading.catch(() => null) : await reading;
    const { kafka, ingest } = this.settings;
    if (record !== null && !isRecordOf(receipt, kafka.ingestionTopic, record, ingest)) return null;
    if (isTaken) return { record, before: null };
    if (record === null) return null;
    return { record, before: offset - (checkpoint?.nextOffset ?? (await this.logStart(partition))) };
  }

  /** The record at the position; null when Kafka does not have it. Rejects with BufferUnavailableError. */
  recordAt({ partition, offset }: Position): Promise<RawRecord | null> {
    return this.records.read(partition, offset);
  }

  /** How many records come before the one at the position; null when a micro-batch has taken it. */
  async waitingBehind({ partition, offset }: Position): Promise<number | null> {
    const checkpoint = await this.checkpoints.read(partition);
    const next = checkpoint?.nextOffset ?? (await this.logStart(partition));
    return offset < next ? null : offset - next;
  }

  private async logStart(partition: number): Promise<number> {
    const ranges = await this.log.ranges();
    return ranges.find((range) => range.partition === partition)?.start ?? 0;
  }
}
