import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { storeError } from './errors.js';
import { ReplayClaim } from './replay-claim.schema.js';

/** An invoice into which a dead letter was replayed. */
export interface Claim {
  /** The first dead letter, where a replay became a dead letter again. */
  letterId: string;
  invoiceNo: string;
  isPending: boolean;
}

/** Remembers into which invoices dead letters went. Every method rejects with StoreUnavailableError. */
@Injectable()
export class ReplayClaims {
  constructor(@InjectModel(ReplayClaim.name) private readonly claims: Model<ReplayClaim>) {}

  /** Before the record is sent: of two that claim one letter for two invoices, at least one sees the other. */
  async begin(letterId: string, invoiceNo: string, pendingMs: number): Promise<void> {
    const pendingUntil = new Date(Date.now() + pendingMs);
    await this.ask(() =>
      this.claims.collection.updateOne(
        { _id: idOf(letterId, invoiceNo) } as object,
        { $set: { letterId, invoiceNo, pendingUntil } },
        { upsert: true, writeConcern: { w: 'majority' } },
      ),
    );
  }

  /** Kafka has the record, or never will. */
  async end(letterId: string, invoiceNo: string): Promise<void> {
    const where = { _id: idOf(letterId, invoiceNo) } as object;
    await this.ask(() => this.claims.collection.updateOne(where, { $set: { pendingUntil: null } }));
  }

  /** Those of the letters. */
  async of(letterIds: readonly string[]): Promise<Claim[]> {
    const now = new Date();
    const where = { letterId: { $in: [...letterIds] } } as object;
    const found = await this.ask(() => this.claims.collection.find<ReplayClaim>(where).toArray());
    return found.map(({ letterId, invoiceNo, pendingUntil }) => {
      return { letterId, invoiceNo, isPending: pendingUntil !== null && pendingUntil > now };
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

function idOf(letterId: string, invoiceNo: string): string {
  return `${invoiceNo} ${letterId}`;
}
