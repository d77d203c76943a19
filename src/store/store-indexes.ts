import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { connectionOptions } from './connection-options.js';
import { storeError } from './errors.js';
import { reachStore } from './reach.js';

const LOOK_MS = 1_000;

/** Creates the collections and indexes that are missing. A transaction can't create them everywhere, and nothing may be written before. */
@Injectable()
export class StoreIndexes implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(StoreIndexes.name);
  private readonly ending = new AbortController();
  private isAwaited = true;
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

  onModuleDestroy(): void {
    this.ending.abort();
  }

  /**
   * For an application that does its own work without the store: neither its start nor anybody else waits for it. It is
   * looked for until it is there, and what is asked of it before rejects with StoreUnavailableError.
   */
  ensureLater(): void {
    this.isAwaited = false;
    void this.ensureOnceThere();
  }

  private async ensureOnceThere(): Promise<void> {
    const { signal } = this.ending;
    let said = '';
    while (!signal.aborted) {
      try {
        // A connection that mongoose is opening can't be closed before it has failed; this one can be left alone.
        await reachStore(this.settings.store);
        if (signal.aborted) return;
        await this.ensure();
        return;
      } catch (error) {
        const { message } = error as Error;
        if (message !== said) this.logger.warn(`started without it, and looks for it: ${message}`);
        said = message;
      }
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
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
