import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** Collection `ownerSessions`: in which session of the store the owner of each partition writes, and whether it has stopped. */
@Schema({ collection: 'ownerSessions', versionKey: false, autoIndex: false })
export class OwnerSessionRecord {
  /** `topic:partition`. */
  @Prop({ type: String, required: true })
  _id!: string;

  /** The session's UUID, in hexadecimal digits. */
  @Prop({ type: String, required: true })
  session!: string;

  /** When its owner took the partition over. */
  @Prop({ type: Date, required: true })
  at!: Date;

  /** Why the partition has stopped, for all instances to tell; null: it goes on. */
  @Prop({ type: String, default: null })
  stopped!: string | null;
}

export const OwnerSessionSchema = SchemaFactory.createForClass(OwnerSessionRecord);
