import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { storeError } from './errors.js';
import { ReplayClaim } from './replay-claim.schema.js';

/** An invoice into which an event was replayed. */
export interface Claim {
  eventId: string;
  invoiceNo: string;
  isPending: boolean;
}

/** Remembers into which invoices the events of dead letters went. Every method rejects with StoreUnavailableError. */
@Injectable()
export class ReplayClaims {
  constructor(@InjectModel(ReplayClaim.name) private readonly claims: Model<ReplayClaim>) {}

  /** Before the record is sent: of two that claim one event for two invoices, at least one sees the other. */
  async begin(eventId: string, invoiceNo: string, pendingMs: number): Promise<void> {
    const pendingUntil = new Date(Date.now() + pendingMs);
    await this.ask(() =>
      this.claims.collection.updateOne(
        { _id: idOf(eventId, invoiceNo) } as object,
        { $set: { eventId, invoiceNo, pendingUntil } },
        { upsert: true, writeConcern: { w: 'majority' } },
      ),
    );
  }

  /** Kafka has the record, or never will. */
  async end(eventId: string, invoiceNo: string): Promise<void> {
    const where = { _id: idOf(eventId, invoiceNo) } as object;
    await this.ask(() => this.claims.collection.updateOne(where, { $set: { pendingUntil: null } }));
  }

  /** Those of the events. */
  async of(eventIds: readonly string[]): Promise<Claim[]> {
    const now = new Date();
    const where = { eventId: { $in: [...eventIds] } } as object;
    const found = await this.ask(() => this.claims.collection.find<ReplayClaim>(where).toArray());
    return found.map(({ eventId, invoiceNo, pendingUntil }) => {
      return { eventId, invoiceNo, isPending: pendingUntil !== null && pendingUntil > now };
    });
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw storeError(error);
    }
  }
}

function idOf(eventId: string, invoiceNo: string): string {
  return `${invoiceNo} ${eventId}`;
}
