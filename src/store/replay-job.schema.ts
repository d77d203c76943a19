import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Actor } from './dead-letter.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';

/** `stopping`: somebody has asked it to stop, and whoever runs it has not done so yet. */
export type ReplayJobState = 'running' | 'stopping' | 'done' | 'stopped';

/** Collection `replayJobs`: replays of all dead letters that match a filter. */
@Schema({ collection: 'replayJobs', versionKey: false, autoIndex: false })
export class ReplayJob {
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: String, required: true })
  state!: ReplayJobState;

  @Prop({ type: Object, required: true })
  filter!: DeadLetterFilter;

  @Prop({ type: String, required: true })
  by!: Actor;

  /** What the key of whoever asked is called. */
  @Prop({ type: String, default: null })
  key?: string | null;

  /** Whether the dead letters that match carry this job's id already: those and no later ones are replayed. */
  @Prop({ type: Boolean, required: true })
  isMarked!: boolean;

  /** `matched = replayed + failed` when it is done. */
  @Prop({ type: Number, required: true })
  matched!: number;

  @Prop({ type: Number, required: true })
  replayed!: number;

  @Prop({ type: Number, required: true })
  failed!: number;

  /** The first ones that failed, and why. */
  @Prop({ type: [Object], required: true })
  failures!: { id: string; message: string }[];

  @Prop({ type: Date, required: true })
  createdAt!: Date;

  @Prop({ type: Date, default: null })
  finishedAt!: Date | null;

  /** The instance that runs it. */
  @Prop({ type: String, default: null })
  owner!: string | null;

  /** Until then nobody else takes it. */
  @Prop({ type: Date, required: true })
  leasedUntil!: Date;

  /** Of a finished one: when it goes for good. */
  @Prop({ type: Date })
  expiresAt?: Date;
}

export const ReplayJobSchema = SchemaFactory.createForClass(ReplayJob);
ReplayJobSchema.index({ state: 1 });
ReplayJobSchema.index({ createdAt: -1 });
ReplayJobSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
