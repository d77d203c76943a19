import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { storeError } from './errors.js';

/** Creates the collections and indexes that are missing. A transaction can't create them everywhere, and nothing may be written before. */
@Injectable()
export class StoreIndexes implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  /** The module connects lazily, because Nest's own attempt would log a page for each failure. */
  async onModuleInit(): Promise<void> {
    try {
      await this.connection.asPromise();
    } catch (error) {
      throw storeError(error);
    }
  }

  async ensure(): Promise<void> {
    await this.onModuleInit();
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
