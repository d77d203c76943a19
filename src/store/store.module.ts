import { Module } from '@nestjs/common';
import { MongooseModule, type MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { BatchMeter } from './batch-meter.js';
import { BatchReader } from './batch.reader.js';
import { BatchWriter } from './batch-writer.js';
import { Checkpoints } from './checkpoints.js';
import { connectionOptions } from './connection-options.js';
import { CustomerReader } from './customer.reader.js';
import { DeadLetterDesk } from './dead-letter-desk.js';
import { DeadLetterReader } from './dead-letter.reader.js';
import { DeltaReader } from './delta.reader.js';
import { Installation } from './installation.js';
import { InvoiceFinder } from './invoice-finder.js';
import { InvoiceReader } from './invoice.reader.js';
import { InvoiceStates } from './invoice-states.js';
import { InvoiceWriter } from './invoice-writer.js';
import { LineReader } from './line.reader.js';
import { tellLostWrites } from './lost-writes.js';
import { MeteredBatchWriter } from './metered-batch-writer.js';
import { STORE_MODELS } from './models.js';
import { OutcomeWriter } from './outcome-writer.js';
import { OwnerSessions } from './owner-sessions.js';
import { PeriodTallies } from './period-tallies.js';
import { PeriodTexts } from './period-texts.js';
import { PostponedCompactions } from './postponed-compactions.js';
import { ProductReader } from './product.reader.js';
import { ReplayClaims } from './replay-claims.js';
import { ReplayJobLetters } from './replay-job-letters.js';
import { ReplayJobs } from './replay-jobs.js';
import { StoreIndexes } from './store-indexes.js';
import { StoreSink } from './store-sink.js';
import { SummaryDocuments } from './summary-documents.js';
import { SummaryHeads } from './summary-heads.js';
import { SummaryReader } from './summary.reader.js';
import { SummaryWriter } from './summary-writer.js';
import { Verifier } from './verify/verifier.js';
import { VerifyReader } from './verify/verify-reader.js';

function optionsOf({ store }: Settings): MongooseModuleFactoryOptions {
  tellLostWrites();
  return { uri: store.uri ?? '', lazyConnection: true, ...connectionOptions(store) };
}

/** MongoDB, as the rest of docstream sees it. */
@Module({
  imports: [
    MongooseModule.forRootAsync({
      useFactory: optionsOf,
      inject: [SETTINGS],
    }),
    MongooseModule.forFeature([...STORE_MODELS]),
  ],
  providers: [
    { provide: BatchWriter, useClass: MeteredBatchWriter },
    BatchMeter,
    BatchReader,
    Checkpoints,
    CustomerReader,
    DeadLetterDesk,
    DeadLetterReader,
    DeltaReader,
    Installation,
    InvoiceFinder,
    InvoiceReader,
    InvoiceStates,
    InvoiceWriter,
    LineReader,
    OutcomeWriter,
    OwnerSessions,
    PeriodTallies,
    PeriodTexts,
    PostponedCompactions,
    ProductReader,
    ReplayClaims,
    ReplayJobLetters,
    ReplayJobs,
    StoreIndexes,
    StoreSink,
    SummaryDocuments,
    SummaryHeads,
    SummaryReader,
    SummaryWriter,
    Verifier,
    VerifyReader,
  ],
  exports: [
    BatchMeter,
    BatchReader,
    BatchWriter,
    Checkpoints,
    CustomerReader,
    DeadLetterDesk,
    DeadLetterReader,
    Installation,
    InvoiceFinder,
    InvoiceReader,
    InvoiceStates,
    LineReader,
    OutcomeWriter,
    OwnerSessions,
    ProductReader,
    ReplayClaims,
    ReplayJobLetters,
    ReplayJobs,
    StoreIndexes,
    SummaryReader,
    Verifier,
  ],
})
export class StoreModule {}
