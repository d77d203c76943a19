import { BatchRecord, BatchRecordSchema } from './batch.schema.js';
import { Checkpoint, CheckpointSchema } from './checkpoint.schema.js';
import { DeadLetterRecord, DeadLetterSchema } from './dead-letter.schema.js';
import { InstallationRecord, InstallationSchema } from './installation.schema.js';
import { Invoice, InvoiceSchema } from './invoice.schema.js';
import { OwnerSessionRecord, OwnerSessionSchema } from './owner-session.schema.js';
import { ReplayClaim, ReplayClaimSchema } from './replay-claim.schema.js';
import { ReplayJob, ReplayJobSchema } from './replay-job.schema.js';
import {
  Summary,
  SummaryDeltaRecord,
  SummaryDeltaSchema,
  SummaryPiece,
  SummaryPieceSchema,
  SummarySchema,
} from './summary.schema.js';

/** Every collection: its schema names the collection and declares its indexes. */
export const STORE_MODELS = [
  { name: Invoice.name, schema: InvoiceSchema },
  { name: Checkpoint.name, schema: CheckpointSchema },
  { name: InstallationRecord.name, schema: InstallationSchema },
  { name: OwnerSessionRecord.name, schema: OwnerSessionSchema },
  { name: BatchRecord.name, schema: BatchRecordSchema },
  { name: DeadLetterRecord.name, schema: DeadLetterSchema },
  { name: ReplayClaim.name, schema: ReplayClaimSchema },
  { name: ReplayJob.name, schema: ReplayJobSchema },
  { name: Summary.name, schema: SummarySchema },
  { name: SummaryPiece.name, schema: SummaryPieceSchema },
  { name: SummaryDeltaRecord.name, schema: SummaryDeltaSchema },
] as const;
