import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/**
 * Collection `replayClaims`: the invoices into which the record of a dead letter was replayed. An event id is unique in
 * its invoice only, so somebody has to see that a corrected invoice number does not store one event in two invoices.
 */
@Schema({ collection: 'replayClaims', versionKey: false, autoIndex: false })
export class ReplayClaim {
  /** Of one attempt. */
  @Prop({ type: String, required: true })
  _id!: string;

  /** The first dead letter, where a replay became a dead letter again. */
  @Prop({ type: String, required: true })
  letterId!: string;

  @Prop({ type: String, required: true })
  invoiceNo!: string;

  /** Until then a record may be on its way to Kafka; null: none is. */
  @Prop({ type: Date, default: null })
  pendingUntil!: Date | null;
}

export const ReplayClaimSchema = SchemaFactory.createForClass(ReplayClaim);
ReplayClaimSchema.index({ letterId: 1 });
