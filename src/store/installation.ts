import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { storeError } from './errors.js';
import { InstallationRecord } from './installation.schema.js';

/** Which data an instance works on. */
@Injectable()
export class Installation {
  private known: string | null = null;

  constructor(
    @InjectModel(InstallationRecord.name) private readonly records: Model<InstallationRecord>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Another one for another database or topic, and for one that was made anew. @throws StoreUnavailableError */
  async id(): Promise<string> {
    if (this.known !== null) return this.known;
    try {
      const found = await this.records
        .findOneAndUpdate(
          { _id: 'docstream' },
          { $setOnInsert: { id: randomUUID(), at: new Date() } },
          { upsert: true, returnDocument: 'after' },
        )
        .lean();
      const named = `${found.id} ${this.settings.kafka.ingestionTopic}`;
      this.known = createHash('sha256').update(named).digest('hex').slice(0, 32);
      return this.known;
    } catch (error) {
      throw storeError(error);
    }
  }
}
