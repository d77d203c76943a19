import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { ConsumerBoard, MicroBatchServer, prepareKafka, reachKafka } from './buffer/index.js';
import type { Settings } from './config.js';
import { configureHttp } from './http.js';
import { createLogger } from './log.js';
import { Lifecycle } from './ops/lifecycle.js';
import { answerBrokenRequest, answerFrameworkError, readablePageUrl } from './broken-requests.js';
import { EngineSteps, type StartOptions } from './engine-steps.js';
import { hasProcessingThread, ProcessingThread } from './processing/thread/processing-thread.js';
import { BatchMeter, reachStore, StoreIndexes } from './store/index.js';

/** A running application. */
export interface RunningApp {
  app: NestFastifyApplication;
  /** Where it listens. */
  url: string;
  /**
   * Says so to readiness, refuses new posts, finishes those it has, and closes. Resolves within
   * DOCSTREAM_SHUTDOWN_TIMEOUT_MS: what is not finished then is safe to cut off, because nothing is ever half done.
   */
  close(): Promise<void>;
}

/**
 * Creates topics and indexes, sets out to join the consumer group where this instance processes, and listens. Waits for
 * a Kafka and a store that start later or go away meanwhile, within DOCSTREAM_START_TIMEOUT_MS; rejects when one can't be
 * reached, and then nothing is left open. Where this instance only takes posts, nothing waits for the store. `settings`
 * must name brokers and a store.
 */
export async function startApp(settings: Settings, options: StartOptions = {}): Promise<RunningApp> {
  const logger = createLogger(settings.log);
  // What is said before there is an application is said at the configured level as well.
  Logger.overrideLogger(logger);
  const steps = new EngineSteps(settings.startTimeoutMs, options);
  await steps.kafka(() => reachKafka(settings.kafka));
  const needsStore = settings.roles.some((role) => role !== 'ingest');
  if (needsStore) await steps.store(() => reachStore(settings.store));
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings),
    new FastifyAdapter({
      frameworkErrors: answerFrameworkError,
      rewriteUrl: readablePageUrl,
      forceCloseConnections: true,
      // A process that was frozen in the middle of its start is not late: it goes on.
      pluginTimeout: 0,
      // Whom a stop refuses is told by drainChanges.
      return503OnClosing: false,
      trustProxy: settings.http.trustProxy.length > 0 && [...settings.http.trustProxy],
      clientErrorHandler: answerBrokenRequest,
      routerOptions: { maxParamLength: 800, ignoreTrailingSlash: true },
    }),
    { logger: ['error', 'warn'], abortOnError: false, bodyParser: false },
  );
  let thread: ProcessingThread | null = null;
  const ending = new AbortController();
  try {
    await steps.kafka(() => prepareKafka(settings));
    const indexes = app.get(StoreIndexes);
    indexes.isAwaited = needsStore;
    if (needsStore) await steps.store(() => indexes.ensure());
    else void findStore(settings, indexes, { ...options, signal: ending.signal });
    await configureHttp(app, settings);
    if (hasProcessingThread(settings)) {
      const shown = { board: app.get(ConsumerBoard), meter: app.get(BatchMeter) };
      thread = await steps.store(() => ProcessingThread.start(settings, shown));
    } else if (settings.roles.includes('processing')) {
      app.connectMicroservice({ strategy: app.get(MicroBatchServer) }, { inheritAppConfig: false });
      await app.startAllMicroservices();
    }
    await app.listen({ host: settings.http.host, port: settings.http.port });
  } catch (error) {
    ending.abort();
    await Promise.allSettled([app.close(), thread?.stop()]);
    throw error;
  }
  app.useLogger(logger);
  const close = () => {
    ending.abort();
    return closeInTime(app, thread, settings.http.shutdownTimeoutMs);
  };
  return { app, url: await app.getUrl(), close };
}

/** Looks for the store beside everything else, until it is there or the signal comes. */
async function findStore(settings: Settings, indexes: StoreIndexes, options: StartOptions): Promise<void> {
  const ensure = async () => {
    // A connection that mongoose is opening can't be closed before it has failed; this one can be left alone.
    await reachStore(settings.store);
    await indexes.ensure();
  };
  await new EngineSteps(Infinity, options).store(ensure).catch((error: unknown) => {
    if (options.signal?.aborted !== true) Logger.error(error);
  });
}

/** Posts get half of the time, because a body may take for ever and what is in the consumer's hands should be finished. */
async function closeInTime(
  app: NestFastifyApplication,
  thread: ProcessingThread | null,
  timeoutMs: number,
): Promise<void> {
  const lifecycle = app.get(Lifecycle);
  lifecycle.shutDown();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  const closed = lifecycle.drained(timeoutMs / 2).then(() => Promise.all([app.close(), thread?.stop()]));
  await Promise.race([closed, late]).finally(() => {
    clearTimeout(timer);
  });
}
