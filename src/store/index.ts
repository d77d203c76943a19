/** What others may use of the store. Mongoose stays behind this face. */
export { BatchMeter } from './batch-meter.js';
export { BatchReader, type BatchView } from './batch.reader.js';
export { BatchWriter, type BatchDecision, type BatchWrite } from './batch-writer.js';
export { Checkpoints, type StorePosition } from './checkpoints.js';
export { CustomerReader, type CustomerTotals, type InvoicePlace } from './customer.reader.js';
export {
  DeadLetterReader,
  type DeadLetterFilter,
  type DeadLetterPlace,
  type KeptDeadLetter,
} from './dead-letter.reader.js';
export type { DeadLetter } from './dead-letter.js';
export { CheckpointMovedError, StoreUnavailableError } from './errors.js';
export { InvoiceReader, type InvoiceSums, type StoredInvoiceDetail } from './invoice.reader.js';
export { InvoiceStates } from './invoice-states.js';
export { LineReader } from './line.reader.js';
export { deadLetterId, OutcomeWriter } from './outcome-writer.js';
export { StoreIndexes } from './store-indexes.js';
export { StoreModule } from './store.module.js';
export { type DayRange, type DayTally, SummaryReader, type SummaryReading } from './summary.reader.js';
export { Verifier, type VerifyFigures } from './verify/verifier.js';
