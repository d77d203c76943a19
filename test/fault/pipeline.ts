import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BufferModule, type ConsumerStatus, MicroBatchServer, prepareKafka } from '../../src/buffer/index.js';
import { SETTINGS, type Settings } from '../../src/config.js';
import { ProcessingModule } from '../../src/processing/processing.module.js';
import { StoreIndexes, StoreModule } from '../../src/store/index.js';

/** Processing alone, in this process: from the topic to both sinks, without HTTP. */
export interface Pipeline {
  app: NestFastifyApplication;
  status: ConsumerStatus;
  close(): Promise<void>;
}

@Module({})
class PipelineModule {}

/**
 * Starts processing. `prepare` gets the application before its consumer starts, which is the moment for putting
 * failures into its parts.
 */
export async function startPipeline(
  settings: Settings,
  prepare: (app: NestFastifyApplication) => void = () => undefined,
): Promise<Pipeline> {
  Logger.overrideLogger(process.env['TEST_LOG'] === undefined ? false : ['error', 'warn', 'log']);
  await createTopics(settings);
  const module = {
    module: PipelineModule,
    global: true,
    imports: [BufferModule, StoreModule, ProcessingModule],
    providers: [{ provide: SETTINGS, useValue: settings }],
    exports: [SETTINGS],
  };
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    abortOnError: false,
    ...(process.env['TEST_LOG'] === undefined ? { logger: false as const } : {}),
  });
  try {
    await app.get(StoreIndexes).ensure();
    prepare(app);
    const server = app.get(MicroBatchServer);
    app.connectMicroservice({ strategy: server }, { inheritAppConfig: false });
    await app.startAllMicroservices();
    await app.init();
    return { app, status: server.consumerStatus, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Creates the topics, so that records can be produced before anything processes them. */
export function createTopics({ kafka }: Settings): Promise<void> {
  return prepareKafka({ kafka, roles: [] });
}
