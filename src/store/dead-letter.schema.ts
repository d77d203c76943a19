import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { DeadLetterAct, DeadLetterState } from './dead-letter.js';

/** Collection `deadLetters`: what could not be processed, byte for byte, and why. */
@Schema({ collection: 'deadLetters', versionKey: false, autoIndex: false, suppressReservedKeysWarning: true })
export class DeadLetterRecord {
  /** `topic:partition:offset` of the record. */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: String, required: true })
  reason!: string;

  @Prop({ type: String, required: true })
  message!: string;

  @Prop({ type: [Object], required: true })
  errors!: { field: string; message: string }[];

  @Prop({ type: String, required: true })
  topic!: string;

  @Prop({ type: Number, required: true })
  partition!: number;

  @Prop({ type: Number, required: true })
  offset!: number;

  /** Kafka's time of the record. */
  @Prop({ type: Date, required: true })
  at!: Date;

  @Prop({ type: Buffer, default: null })
  key!: Buffer | null;

  @Prop({ type: Buffer, default: null })
  value!: Buffer | null;

  @Prop({ type: [Object], required: true })
  headers!: { key: string; value: Buffer | null }[];

  /** What was done with it since, oldest first. */
  @Prop({ type: [Object], required: true })
  history!: DeadLetterAct[];

  @Prop({ type: String, required: true })
  state!: DeadLetterState;

  /** The background replay that is about to replay it; null or absent: none. */
  @Prop({ type: String, default: null })
  job?: string | null;

  /** Of a discarded one: when it goes for good. */
  @Prop({ type: Date })
  expiresAt?: Date;
}

export const DeadLetterSchema = SchemaFactory.createForClass(DeadLetterRecord);
DeadLetterSchema.index({ at: -1, _id: -1 });
// Without the id: from an index of three fields the local store leaves out the lower bound of a range.
DeadLetterSchema.index({ state: 1, at: -1 });
DeadLetterSchema.index({ reason: 1, at: -1 });
DeadLetterSchema.index({ job: 1 }, { sparse: true });
DeadLetterSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0, sparse: true });
