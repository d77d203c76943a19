import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { storeError } from './errors.js';
import { ReplayClaim } from './replay-claim.schema.js';

/** A dead letter, the first one where a replay became a dead letter again, and the invoice that its record names. */
export interface ClaimedInvoice {
  letterId: string;
  invoiceNo: string;
}

/** An invoice into which a dead letter was replayed, or is about to be. */
export interface Claim extends ClaimedInvoice {
  isPending: boolean;
}

/** Remembers into which invoices dead letters went. Every method rejects with StoreUnavailableError. */
@Injectable()
export class ReplayClaims {
  constructor(@InjectModel(ReplayClaim.name) private readonly claims: Model<ReplayClaim>) {}

  /**
   * Before the records are sent: of two that claim one letter for two invoices, at least one sees the other. Resolves with
   * the ids of the claims, in the same order; those of another attempt are others.
   */
  async begin(claimed: readonly ClaimedInvoice[], pendingMs: number): Promise<string[]> {
    if (claimed.length === 0) return [];
    const pendingUntil = new Date(Date.now() + pendingMs);
    const documents = claimed.map((one) => ({ _id: randomUUID(), ...one, pendingUntil }));
    await this.ask(() =>
      this.claims.collection.insertMany(documents as never[], { ordered: false, writeConcern: { w: 'majority' } }),
    );
    return documents.map(({ _id }) => _id);
  }

  /** Kafka has the records: none is on its way any more. */
  async end(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.ask(() => this.claims.collection.updateMany(whereOf(ids), { $set: { pendingUntil: null } }));
  }

  /** As if they had never been: nothing was sent, or only what the letters themselves say. */
  async drop(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.ask(() => this.claims.collection.deleteMany(whereOf(ids)));
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

function whereOf(ids: readonly string[]): object {
  return { _id: { $in: [...ids] } };
}
