import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { connectionOptions } from './connection-options.js';
import { storeError } from './errors.js';

/** Creates the collections and indexes that are missing. A transaction can't create them everywhere, and nothing may be written before. */
@Injectable()
export class StoreIndexes implements OnModuleInit {
  /** Whether a start waits for the connection; until there is one, what is asked of the store rejects with StoreUnavailableError. */
  isAwaited = true;
  private hasFailed = false;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'store'>,
  ) {
    // It may fail before anybody waits for it, who hears of it all the same.
    connection.asPromise().catch(() => undefined);
  }

  /** The module connects lazily, because Nest's own attempt would log a page for each failure. */
  async onModuleInit(): Promise<void> {
    try {
      if (this.isAwaited) await this.connected();
    } catch (error) {
      throw storeError(error);
    }
  }

  /** May be called again after a failure. @throws StoreUnavailableError */
  async ensure(): Promise<void> {
    try {
      await this.connected();
      for (const model of Object.values(this.connection.models)) {
        await model.createCollection();
        await model.createIndexes();
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  /** mongoose connects again by itself, but for the first time, which it tries once. */
  private async connected(): Promise<void> {
    const { store } = this.settings;
    const connecting = this.hasFailed
      ? this.connection.openUri(store.uri ?? '', connectionOptions(store))
      : this.connection.asPromise();
    this.hasFailed = true;
    await connecting;
    this.hasFailed = false;
  }
}
