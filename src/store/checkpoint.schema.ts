import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Types } from 'mongoose';

/** Collection `checkpoints`: how far the store has come in each partition; moves only with what it stands for. */
@Schema({ collection: 'checkpoints', versionKey: false, autoIndex: false })
export class Checkpoint {
  /** `topic:partition`. */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: String, required: true })
  topic!: string;

  @Prop({ type: Number, required: true })
  partition!: number;

  /** Every record below it is applied; none from it on is. */
  @Prop({ type: Number, required: true })
  nextOffset!: number;

  /** The number of the partition's last micro-batch; 0 before the first. */
  @Prop({ type: Number, required: true })
  batchNumber!: number;

  /** Micro-batches whose summary deltas wait to be compacted, and the cells in them. */
  @Prop({ type: Number, required: true })
  deltaCount!: number;

  @Prop({ type: Number, required: true })
  deltaCells!: number;

  /** What the small ones among those micro-batches add to the summaries, in one; null: nothing. Others stand in `summaryDeltas`. */
  @Prop({ type: String, default: null })
  delta!: string | null;

  /** Another one each time that `delta` is another. */
  @Prop({ type: Types.ObjectId, default: null })
  stamp!: Types.ObjectId | null;

  @Prop({ type: Date, required: true })
  at!: Date;
}

/** `topic:partition`: the key of what the store keeps for a partition. */
export const partitionKey = (topic: string, partition: number): string => `${topic}:${partition}`;

export const CheckpointSchema = SchemaFactory.createForClass(Checkpoint);
