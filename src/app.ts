import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { coordinatorReady, createKafka, ensureTopics, MicroBatchServer } from './buffer/index.js';
import type { Settings } from './config.js';
import { configureHttp } from './http.js';
import { createLogger } from './log.js';
import { Lifecycle } from './ops/lifecycle.js';
import { answerBrokenRequest, answerFrameworkError } from './problem.js';
import { StoreIndexes } from './store/index.js';

/** A running application. */
export interface RunningApp {
  app: NestFastifyApplication;
  /** Where it listens. */
  url: string;
  /** Says so to readiness, drains and closes. */
  close(): Promise<void>;
}

/**
 * Creates topics and indexes, joins the consumer group where this instance processes, and listens. Rejects when Kafka
 * or the store can't be reached; then nothing is left open. `settings` must name brokers and a store.
 */
export async function startApp(settings: Settings): Promise<RunningApp> {
  const logger = createLogger(settings.log);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings),
    new FastifyAdapter({
      frameworkErrors: answerFrameworkError,
      forceCloseConnections: true,
      clientErrorHandler: answerBrokenRequest,
      routerOptions: { maxParamLength: 800, ignoreTrailingSlash: true },
    }),
    { logger: ['error', 'warn'], abortOnError: false, bodyParser: false },
  );
  try {
    await prepareKafka(settings);
    await app.get(StoreIndexes).ensure();
    await configureHttp(app, settings);
    if (settings.roles.includes('processing')) {
      app.connectMicroservice({ strategy: app.get(MicroBatchServer) }, { inheritAppConfig: false });
      await app.startAllMicroservices();
    }
    await app.listen({ host: settings.http.host, port: settings.http.port });
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  app.useLogger(logger);
  const close = async () => {
    app.get(Lifecycle).shutDown();
    await app.close();
  };
  return { app, url: await app.getUrl(), close };
}

async function prepareKafka(settings: Settings): Promise<void> {
  const admin = createKafka(settings.kafka).admin();
  try {
    await admin.connect();
    await ensureTopics(admin, settings.kafka);
    if (settings.roles.includes('processing')) await coordinatorReady(admin, settings.kafka);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
