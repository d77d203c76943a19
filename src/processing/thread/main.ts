// What runs in the thread of ProcessingThread: processing alone, with clients of Kafka and the store of its own.
import { constants, getPriority, platform, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { ConsumerBoard, MicroBatchServer } from '../../buffer/index.js';
import type { Settings } from '../../config.js';
import { createLogger } from '../../log.js';
import { PartModule } from '../../part.module.js';
import { BatchMeter } from '../../store/index.js';
import { ProcessingModule } from '../processing.module.js';
import type { FromThread } from './messages.js';

async function run(settings: Settings): Promise<void> {
  letMainThreadGoFirst();
  const logger = createLogger(settings.log);
  Logger.overrideLogger(logger);
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(
    PartModule.of(settings, ProcessingModule),
    {
      inject: [MicroBatchServer],
      useFactory: (strategy: MicroBatchServer) => ({ strategy }),
      logger: ['error', 'warn'],
      abortOnError: false,
    },
  );
  app.get(ConsumerBoard).onChange = (status) => say({ kind: 'consumer', status });
  app.get(BatchMeter).forward = (batch) => say({ kind: 'batch', batch });
  parentPort?.once('message', () => {
    void app.close().then(() => process.exit());
  });
  await app.listen();
  app.useLogger(logger);
  say({ kind: 'running' });
}

/**
 * Where processors are short, whoever waits for a page or an answer comes before the next micro-batch: docs/decisions/0032.
 * On Linux this is the priority of the calling thread; elsewhere it would be that of the whole process.
 */
function letMainThreadGoFirst(): void {
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  if (platform() === 'linux') setPriority(Math.min(getPriority() + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
}

function say(message: FromThread): void {
  parentPort?.postMessage(message);
}

await run(workerData as Settings).catch((error: Error & { code?: unknown; isRetriable?: unknown }) => {
  const { name, code, isRetriable } = error;
  say({ kind: 'failed', error, marks: { name, code, isRetriable } });
});
