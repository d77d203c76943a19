import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** Collection `installation`: one document, by which a database is told from another one of its name. */
@Schema({ collection: 'installation', versionKey: false, autoIndex: false })
export class InstallationRecord {
  /** `docstream`. */
  @Prop({ type: String, required: true })
  _id!: string;

  /** Random, made with the database. */
  @Prop({ type: String, required: true })
  id!: string;

  @Prop({ type: Date, required: true })
  at!: Date;
}

export const InstallationSchema = SchemaFactory.createForClass(InstallationRecord);
