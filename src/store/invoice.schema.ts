import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Types } from 'mongoose';
import type { InvoiceKind } from '../invoice/index.js';

/**
 * One line as it is stored. `partition` stands only where it differs from the invoice's, `customerId` and `country`
 * only where the line's own differ from the invoice's.
 */
export interface StoredLine {
  eventId: string;
  partition?: number;
  /** With the partition, the position in `ingestion-topic` that the line came from. */
  offset: number;
  stockCode: string;
  description: string | null;
  quantity: number;
  invoiceDate: Date;
  unitPrice: Types.Decimal128;
  amount: Types.Decimal128;
  customerId?: number | null;
  country?: string;
}

/** Collection `invoices`: one document per invoice, its lines embedded in the order in which they were stored. */
@Schema({ collection: 'invoices', versionKey: false, autoIndex: false })
export class Invoice {
  /** The invoice number. */
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: String, required: true })
  kind!: InvoiceKind;

  @Prop({ type: Number, default: null })
  customerId!: number | null;

  @Prop({ type: String, required: true })
  country!: string;

  @Prop({ type: Date, required: true })
  invoiceDate!: Date;

  /** The partition of the first line. */
  @Prop({ type: Number, required: true })
  partition!: number;

  @Prop({ type: Number, required: true })
  lineCount!: number;

  /** Sum of the quantities. */
  @Prop({ type: Number, required: true })
  units!: number;

  /** Sum of the amounts, exact. */
  @Prop({ type: Types.Decimal128, required: true })
  total!: Types.Decimal128;

  @Prop({ type: [Object], required: true })
  lines!: StoredLine[];
}

export const InvoiceSchema = SchemaFactory.createForClass(Invoice);
InvoiceSchema.index({ customerId: 1, invoiceDate: -1, _id: -1 });
// For ranges of numbers: the local store serves none from the index on _id alone. docs/decisions/0012
InvoiceSchema.index({ kind: 1, _id: 1 });
InvoiceSchema.index({ invoiceDate: -1 });
