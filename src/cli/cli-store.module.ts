import { type DynamicModule, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SETTINGS, type Settings } from '../config.js';
import { StoreModule } from '../store/index.js';

/** The store without the rest of the application. */
@Module({})
export class CliStoreModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: CliStoreModule,
      global: true,
      imports: [StoreModule],
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}

/** A command reads everything there is, and nobody waits for a page: an operation gets this long at least. */
const OPERATION_MS_MIN = 60_000;

/** Connects to the store, runs the work and disconnects. Rejects when the store can't be reached. */
export async function withStore<T>(
  settings: Settings,
  work: (context: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const store = { ...settings.store, timeoutMs: Math.max(settings.store.timeoutMs, OPERATION_MS_MIN) };
  const context = await NestFactory.createApplicationContext(CliStoreModule.with({ ...settings, store }), {
    logger: false,
    abortOnError: false,
  });
  try {
    return await work(context);
  } finally {
    await context.close().catch(() => undefined);
  }
}
