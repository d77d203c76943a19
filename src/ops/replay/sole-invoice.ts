import { Inject, Injectable } from '@nestjs/common';
import { PartitionLog } from '../../buffer/index.js';
import { SETTINGS, type Settings } from '../../config.js';
import {
  Checkpoints,
  type Claim,
  identityOf,
  InvoiceStates,
  type KeptDeadLetter,
  ReplayClaims,
} from '../../store/index.js';
import type { Replay } from './replay-record.js';

const CATCH_UP_MS = 5_000;
const LOOK_MS = 100;
/** More than lie before a record as a rule, with those of the page before its own; Kafka is rarely slow for all of them. */
const PENDING_REQUESTS = 20;

/**
 * Keeps an event in one invoice. Its id is unique within an invoice only, so a replay whose correction changes the
 * invoice number would store it a second time beside an earlier replay, or beside the same event that was posted again.
 */
@Injectable()
export class SoleInvoice {
  constructor(
    private readonly claims: ReplayClaims,
    private readonly invoices: InvoiceStates,
    private readonly checkpoints: Checkpoints,
    private readonly log: PartitionLog,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Before the replays are sent: whoever claims one of their letters for another invoice from now on sees this. Resolves
   * with the ids of the claims, which end with `settle` or `drop`, or by themselves after a while.
   */
  async claim(replays: readonly Replay[]): Promise<ReadonlyMap<Replay, string>> {
    const named = replays.filter((replay) => replay.invoiceNo !== null);
    const claimed = named.map(({ root, invoiceNo }) => ({ letterId: root, invoiceNo: invoiceNo ?? '' }));
    const ids = await this.claims.begin(claimed, PENDING_REQUESTS * this.settings.kafka.appendTimeoutMs);
    return new Map(named.map((replay, index) => [replay, ids[index] ?? '']));
  }

  /**
   * Of a replay that is claimed: null when it may be sent, and why not otherwise. Where the event went, or may have gone,
   * into another invoice, waits up to five seconds until all that lies in Kafka is processed, and looks.
   */
  async refusal(letter: KeptDeadLetter, { eventId, root, invoiceNo }: Replay): Promise<string | null> {
    if (invoiceNo === null) return null;
    const claims = (await this.claims.of([root])).filter((claim) => claim.invoiceNo !== invoiceNo);
    return this.refusalBeside(letter, claims, { eventId, invoiceNo });
  }

  /** Those whose event went, or may have gone, into another invoice through a replay. */
  async suspects(replays: readonly Replay[]): Promise<Set<Replay>> {
    const claims = await this.claims.of(replays.map(({ root }) => root));
    const isSuspect = ({ root, invoiceNo }: Replay) =>
      invoiceNo !== null && claims.some((claim) => claim.letterId === root && claim.invoiceNo !== invoiceNo);
    return new Set(replays.filter(isSuspect));
  }

  /** Kafka has the records of these claims. */
  settle(claims: readonly string[]): Promise<void> {
    return this.claims.end(claims);
  }

  /** Their records were not sent and never are, or tell nothing that their letters don't. */
  drop(claims: readonly string[]): Promise<void> {
    return this.claims.drop(claims);
  }

  private async refusalBeside(
    letter: KeptDeadLetter,
    claims: readonly Claim[],
    { eventId, invoiceNo }: { eventId: string; invoiceNo: string },
  ): Promise<string | null> {
    const others = new Set(claims.map((claim) => claim.invoiceNo));
    const original = identityOf(letter).invoiceNo;
    if (original !== null && original !== invoiceNo) others.add(original);
    if (others.size === 0) return null;
    if (claims.some(({ isPending }) => isPending)) {
      return 'a replay of this event into another invoice is on its way; try again when it is processed';
    }
    if (!(await this.hasCaughtUp())) {
      return 'another invoice may get this event from what Kafka still holds; try again when that is processed';
    }
    const stored = await this.invoices.read([...others]);
    const home = [...stored].find(([, { lineIds }]) => lineIds.has(eventId))?.[0];
    return home === undefined ? null : `this event is stored in invoice ${home}; a replay may not store it in another`;
  }

  /** Whether the store has taken everything that lies in Kafka now. */
  private async hasCaughtUp(): Promise<boolean> {
    const ranges = await this.log.ranges();
    for (const untilMs = performance.now() + CATCH_UP_MS; performance.now() < untilMs;) {
      const positions = await this.checkpoints.all();
      if (ranges.every(({ partition, start, end }) => (positions.get(partition)?.nextOffset ?? start) >= end)) {
        return true;
      }
      await new Promise((resume) => setTimeout(resume, LOOK_MS));
    }
    return false;
  }
}
