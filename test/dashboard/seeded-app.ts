import { Module, type Type } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import { loadSettings, SETTINGS, type Settings } from '../../src/config.js';
import { DashboardModule } from '../../src/dashboard/dashboard.module.js';
import { foldBatch, type FoldRecord } from '../../src/invoice/index.js';
import { ProblemFilter } from '../../src/problem.js';
import {
  BatchWriter,
  Checkpoints,
  InvoiceMemory,
  OwnerSessions,
  StoreIndexes,
  type StorePosition,
} from '../../src/store/index.js';
import { testStoreUri, uniqueName } from '../helpers/engines.js';

/** The dashboard on a database of its own, and a way to fill it as the processing does. */
export interface SeededApp {
  app: NestFastifyApplication;
  server: Server;
  settings: Settings;
  /** Applies the records as one micro-batch of the partition. */
  apply(partition: number, records: readonly FoldRecord[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * `compactionDeltas`: how many micro-batches wait before the summaries are compacted; `summaryBytesMax`: the bytes of a
 * breakdown that is not split.
 */
export async function startSeededApp(
  options: { compactionDeltas?: number; summaryBytesMax?: number; modules?: Type[] } = {},
): Promise<SeededApp> {
  const { compactionDeltas = 4, modules = [] } = options;
  const loaded = loadSettings({
    MONGODB_URI: testStoreUri(),
    DOCSTREAM_DATABASE: uniqueName('dashboard'),
    // The other workers' tests load the same small machine.
    DOCSTREAM_STORE_TIMEOUT_MS: '30000',
  });
  const { summaryBytesMax = loaded.processing.summaryBytesMax } = options;
  const settings: Settings = { ...loaded, processing: { ...loaded.processing, compactionDeltas, summaryBytesMax } };

  @Module({ providers: [{ provide: SETTINGS, useValue: settings }], exports: [SETTINGS] })
  class SettingsModule {}

  @Module({ imports: [DashboardModule, ...modules], providers: [{ provide: APP_FILTER, useClass: ProblemFilter }] })
  class TestModule {}

  const app = await NestFactory.create<NestFastifyApplication>(
    { module: TestModule, imports: [{ module: SettingsModule, global: true }] },
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: ['error', 'warn'], abortOnError: false },
  );
  await app.get(StoreIndexes, { strict: false }).ensure();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const writer = app.get(BatchWriter, { strict: false });
  const positions = new Map<number, StorePosition>();
  const apply = async (partition: number, records: readonly FoldRecord[]) => {
    const from = positions.get(partition) ?? (await app.get(Checkpoints, { strict: false }).begin(partition, 0));
    const fromOffset = records[0]?.offset ?? from.nextOffset;
    const session = await app.get(OwnerSessions, { strict: false }).take(partition);
    const { position } = await writer.apply({
      partition,
      from,
      session,
      memory: new InvoiceMemory(),
      fromOffset,
      nextOffset: (records.at(-1)?.offset ?? fromOffset - 1) + 1,
      startedAtMs: performance.now(),
      invoiceNos: [...new Set(records.map(({ item }) => item.InvoiceNo))],
      decide: (stored) => {
        const fold = foldBatch(records, new Map(stored), { invoiceLinesMax: settings.processing.invoiceLinesMax });
        const stored_ = fold.outcomes.filter((outcome) => outcome === 'stored').length;
        return {
          fold,
          deadLetters: [],
          records: records.length,
          stored: stored_,
          duplicates: records.length - stored_,
        };
      },
    });
    positions.set(partition, position);
  };
  return { app, server: app.getHttpServer() as Server, settings, apply, close: () => app.close() };
}
