import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** Collection `batches`: what each micro-batch did. `records = stored + duplicates + deadLetters`, always. */
@Schema({ collection: 'batches', versionKey: false, autoIndex: false })
export class BatchRecord {
  /** `topic:partition:number`. */
  @Prop({ type: String, required: true })
  _id!: string;

  /** Counts from 1 in each partition. */
  @Prop({ type: Number, required: true })
  number!: number;

  @Prop({ type: Number, required: true })
  partition!: number;

  /** The first offset that the batch covers. */
  @Prop({ type: Number, required: true })
  fromOffset!: number;

  /** One past the last offset that it covers: the next batch's fromOffset. */
  @Prop({ type: Number, required: true })
  toOffset!: number;

  @Prop({ type: Number, required: true })
  records!: number;

  @Prop({ type: Number, required: true })
  stored!: number;

  @Prop({ type: Number, required: true })
  duplicates!: number;

  @Prop({ type: Number, required: true })
  deadLetters!: number;

  /**
   * From hand-over until this record is sent to the store, the last of what the batch writes, whole ms rounded up. The
   * metrics have the time to the commit.
   */
  @Prop({ type: Number, required: true })
  durationMs!: number;

  @Prop({ type: Date, required: true })
  at!: Date;
}

export const BatchRecordSchema = SchemaFactory.createForClass(BatchRecord);
BatchRecordSchema.index({ partition: 1, fromOffset: -1 });
BatchRecordSchema.index({ at: -1 });
