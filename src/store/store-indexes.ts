import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { storeError } from './errors.js';

/** Creates the collections and indexes that are missing. A transaction can't create them everywhere, and nothing may be written before. */
@Injectable()
export class StoreIndexes {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  async ensure(): Promise<void> {
    try {
      for (const model of Object.values(this.connection.models)) {
        await model.createCollection();
        await model.createIndexes();
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Resolves when the store answers within the time. */
  async ping(timeoutMs: number): Promise<void> {
    try {
      await this.connection.db?.admin().command({ ping: 1 }, { timeoutMS: timeoutMs });
    } catch (error) {
      throw storeError(error);
    }
  }
}
