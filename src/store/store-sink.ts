import { Injectable } from '@nestjs/common';
import { Checkpoints } from './checkpoints.js';
import { InvoiceStates } from './invoice-states.js';
import { InvoiceWriter } from './invoice-writer.js';
import { OutcomeWriter } from './outcome-writer.js';
import { SummaryWriter } from './summary-writer.js';

/** The parts that one store transaction is made of. */
@Injectable()
export class StoreSink {
  constructor(
    readonly checkpoints: Checkpoints,
    readonly states: InvoiceStates,
    readonly invoices: InvoiceWriter,
    readonly summaries: SummaryWriter,
    readonly outcomes: OutcomeWriter,
  ) {}
}
