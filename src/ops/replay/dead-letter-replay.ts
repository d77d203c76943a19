import { Inject, Injectable } from '@nestjs/common';
import {
  BufferUnavailableError,
  encodeReceipt,
  type Position,
  RecordTooLargeError,
  Replayer,
} from '../../buffer/index.js';
import { SETTINGS, type Settings } from '../../config.js';
import { type FieldError, parseItem } from '../../invoice/index.js';
import { problem, ProblemException } from '../../problem.js';
import { DeadLetterDesk, identityOf, type KeptDeadLetter, type ReplayAct, type Who } from '../../store/index.js';
import { asItWas, corrected, type Replay, whyNotAsItWas } from './replay-record.js';
import { SoleInvoice } from './sole-invoice.js';

/** Where a replayed record is now. */
export interface Replayed {
  /** Of the dead letter. */
  id: string;
  eventId: string;
  /** Null where nothing can read an invoice number in the record: its position names it then. */
  receipt: string | null;
  /** Address of its trail. */
  location: string;
}

/** Sends single dead letters back through the pipeline. */
@Injectable()
export class DeadLetterReplay {
  constructor(
    private readonly desk: DeadLetterDesk,
    private readonly replayer: Replayer,
    private readonly sole: SoleInvoice,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Appends the item, or the original bytes when `sent` is null or undefined, to `ingestion-topic` under the original's
   * event id; resolves once every in-sync replica has it. First the record, then the history: a crash in between leaves
   * the letter open, and a second replay stores nothing twice. An event id is unique in its invoice only, so a
   * correction that names another invoice is refused (409) once the event is stored in one, or on its way to one.
   * @throws ProblemException 400 naming every bad field, 409 as above or while a background replay has the letter, 422
   * when Kafka never takes a record of this size or the letter has not all of it; BufferUnavailableError, StoreUnavailableError.
   */
  async replay(letter: KeptDeadLetter, sent: unknown, who: Who): Promise<Replayed> {
    const replay = sent === null || sent === undefined ? original(letter) : this.correctedBy(letter, sent);
    if (letter.isTaken) refuse(409, 'a background replay has this dead letter; wait until it is done, or stop it');
    const claims = [...(await this.sole.claim([replay])).values()];
    const refusal = await this.sole.refusal(letter, replay);
    if (refusal !== null) {
      await this.sole.drop(claims);
      refuse(409, refusal);
    }
    const [result] = await this.replayer.append([replay.record]);
    if (result instanceof BufferUnavailableError) throw result;
    await this.sole.settle(claims);
    if (result === undefined || result instanceof RecordTooLargeError) {
      return refuse(422, 'Kafka does not take a record of this size; send a correction');
    }
    const act = actOf(replay, result, who);
    await this.desk.replayed(letter.id, act);
    const { ingestionTopic } = this.settings.kafka;
    const place = act.receipt ?? `${ingestionTopic}:${result.partition}:${result.offset}`;
    return { id: letter.id, eventId: replay.eventId, receipt: act.receipt, location: `/api/events/${place}` };
  }

  private correctedBy(letter: KeptDeadLetter, sent: unknown): Replay {
    const verdict = parseItem(sent, { dateOrder: this.settings.ingest.dateOrder });
    const errors: FieldError[] = verdict.ok ? [] : verdict.errors;
    const { eventId } = identityOf(letter);
    if (verdict.ok && verdict.eventId !== null && verdict.eventId !== eventId) {
      errors.push({ field: 'EventId', message: 'must be the one that the dead letter has, or absent' });
    }
    if (!verdict.ok || errors.length > 0) {
      throw new ProblemException(problem(400, 'the item has fields that cannot be accepted', errors));
    }
    return corrected(letter, verdict.item);
  }
}

function original(letter: KeptDeadLetter): Replay {
  const reason = whyNotAsItWas(letter);
  return reason === null ? asItWas(letter) : refuse(422, reason);
}

/** What the history says of a replay that lies at the position. */
export function actOf({ eventId, invoiceNo, corrected }: Replay, to: Position, who: Who): ReplayAct {
  const receipt = invoiceNo === null ? null : encodeReceipt({ ...to, invoiceNo, eventId });
  return { at: new Date(), action: 'replayed', ...who, corrected, to, receipt };
}

function refuse(status: number, detail: string): never {
  throw new ProblemException(problem(status, detail));
}
