import { Injectable } from '@nestjs/common';
import type { MicroBatch, RawRecord } from '../buffer/index.js';
import { type AddedLines, type NamedRecord, recallBatch } from '../invoice/index.js';
import {
  CheckpointMovedError,
  Checkpoints,
  type DeadLetter,
  deadLetterId,
  identityOf,
  InvoiceStates,
  OutcomeWriter,
} from '../store/index.js';
import { Turns } from '../turns.js';
import { formerDeadLetter } from './decode.js';

/** The sinks contradict each other: no order of crashes explains what was found. The partition must stop. */
export class ContradictionError extends Error {
  readonly code = 'CONTRADICTION';
  readonly isRetriable = false;
}

/** What became of some records, as far as Kafka gets it. */
export interface Decided {
  invoices: readonly AddedLines[];
  deadLetters: DeadLetter[];
}

/** Reads back what became of records that the store has and Kafka does not. */
@Injectable()
export class Recaller {
  constructor(
    private readonly states: InvoiceStates,
    private readonly outcomes: OutcomeWriter,
    private readonly checkpoints: Checkpoints,
  ) {}

  /**
   * All of it from what the store keeps, so that settings and rules which have changed since change nothing.
   * ContradictionError where the store, which stands beyond the batch at `storeOffset`, holds nothing of a record.
   */
  async recall(batch: MicroBatch, storeOffset: number): Promise<Decided> {
    const named = await namesOf(batch);
    const { invoices, outcomes } = recallBatch(named, await this.states.lines(askedOf(named)));
    const left = batch.records.filter((_, index) => outcomes[index] !== 'stored');
    const idOf = ({ offset }: RawRecord) => deadLetterId({ ...batch, offset });
    const refusals = await this.outcomes.refusals(left.map(idOf));
    const deadLetters: DeadLetter[] = [];
    for (const [index, raw] of batch.records.entries()) {
      if (outcomes[index] === 'stored') continue;
      const why = refusals.get(idOf(raw));
      // The event of a dead letter that was replayed since stands in the invoice under the position of the replay.
      if (why !== undefined) deadLetters.push(formerDeadLetter(batch, raw, why));
      else if (outcomes[index] === 'unknown') throw await this.contradiction(batch, raw, storeOffset);
    }
    return { invoices, deadLetters };
  }

  private async contradiction(
    { partition }: MicroBatch,
    { offset }: RawRecord,
    storeOffset: number,
  ): Promise<ContradictionError | CheckpointMovedError> {
    const now = await this.checkpoints.read(partition);
    if (now?.nextOffset !== storeOffset) {
      return new CheckpointMovedError(`the store no longer stands at ${storeOffset} in partition ${partition}`);
    }
    return new ContradictionError(
      `the store stands beyond offset ${offset} of partition ${partition} and holds nothing of that record`,
    );
  }
}

async function namesOf({ topic, partition, records }: MicroBatch): Promise<NamedRecord[]> {
  const turns = new Turns();
  const named: NamedRecord[] = [];
  for (const { offset, headers, value } of records) {
    await turns.pass();
    const id = deadLetterId({ topic, partition, offset });
    named.push({ ...identityOf({ id, headers, value }), partition, offset });
  }
  return named;
}

/** The event ids to look for, by invoice. */
function askedOf(named: readonly NamedRecord[]): Map<string, Set<string>> {
  const asked = new Map<string, Set<string>>();
  for (const { eventId, invoiceNo } of named) {
    if (invoiceNo === null) continue;
    const ofInvoice = asked.get(invoiceNo);
    if (ofInvoice === undefined) asked.set(invoiceNo, new Set([eventId]));
    else ofInvoice.add(eventId);
  }
  return asked;
}
