import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Settings } from '../config.js';
import { PartModule } from '../part.module.js';
import { StoreModule } from '../store/index.js';

/** A command reads everything there is, and nobody waits for a page: an operation gets this long at least. */
const OPERATION_MS_MIN = 60_000;

/** Connects to the store, runs the work and disconnects. Rejects when the store can't be reached. */
export async function withStore<T>(
  settings: Settings,
  work: (context: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const store = { ...settings.store, timeoutMs: Math.max(settings.store.timeoutMs, OPERATION_MS_MIN) };
  const context = await NestFactory.createApplicationContext(PartModule.of({ ...settings, store }, StoreModule), {
    logger: false,
    abortOnError: false,
  });
  try {
    return await work(context);
  } finally {
    await context.close().catch(() => undefined);
  }
}
