import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Types } from 'mongoose';

/**
 * Collection `summaries`: the sums of one period (a day, a month, `all`) in one partition. Readers add up the
 * partitions, and the deltas that are not compacted yet. Split by partition, so that no two owners write one document.
 */
@Schema({ collection: 'summaries', versionKey: false, autoIndex: false })
export class Summary {
  /** `period/partition`. */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: String, required: true })
  period!: string;

  @Prop({ type: Number, required: true })
  partition!: number;

  /** The checkpoint of the compaction that wrote it: a reader may keep what it decoded while this stays. */
  @Prop({ type: Number, required: true })
  version!: number;

  @Prop({ type: Types.Decimal128, required: true })
  revenue!: Types.Decimal128;

  @Prop({ type: Number, required: true })
  lines!: number;

  @Prop({ type: Number, required: true })
  units!: number;

  @Prop({ type: Number, required: true })
  invoices!: number;

  /** The breakdown by country, product and customer as JSON text (docs/decisions/0002 has why); null: it stands in pieces. */
  @Prop({ type: String, default: null })
  breakdown!: string | null;

  /** Into how many documents of `summaryPieces` a large breakdown is split; 0 or absent: it is not. */
  @Prop({ type: Number, default: 0 })
  pieces?: number;
}

/** Collection `summaryPieces`: the breakdowns that are too large for one document. Each piece has keys of its own. */
@Schema({ collection: 'summaryPieces', versionKey: false, autoIndex: false })
export class SummaryPiece {
  /** `period/partition/number`. */
  @Prop({ type: String, required: true })
  _id!: string;

  /** The `_id` of its summary. */
  @Prop({ type: String, required: true })
  summary!: string;

  /** From 1. */
  @Prop({ type: Number, required: true })
  number!: number;

  /** That of its summary, whose every compaction writes all pieces. */
  @Prop({ type: Number, required: true })
  version!: number;

  /** Like the breakdown of a summary; the sums of the whole period stand in the first piece. */
  @Prop({ type: String, required: true })
  breakdown!: string;
}

/** Collection `summaryDeltas`: what one micro-batch adds to the summaries, until the owner compacts it into them. */
@Schema({ collection: 'summaryDeltas', versionKey: false, autoIndex: false })
export class SummaryDeltaRecord {
  /** `topic:partition:fromOffset`. */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: Number, required: true })
  partition!: number;

  /** Another one each time that the delta is written: a reader may keep what it decoded while this stays. */
  @Prop({ type: Types.ObjectId, required: true })
  stamp!: Types.ObjectId;

  /** Countries, products and customers of its days; absent: not counted. */
  @Prop({ type: Number })
  cells?: number;

  @Prop({ type: String, required: true })
  delta!: string;
}

export const SummarySchema = SchemaFactory.createForClass(Summary);
SummarySchema.index({ period: 1 });
SummarySchema.index({ partition: 1, version: 1 });
export const SummaryPieceSchema = SchemaFactory.createForClass(SummaryPiece);
export const SummaryDeltaSchema = SchemaFactory.createForClass(SummaryDeltaRecord);
SummaryDeltaSchema.index({ partition: 1 });
