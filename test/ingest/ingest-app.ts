import { Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Appender } from '../../src/buffer/index.js';
import { loadSettings, SETTINGS, type Settings } from '../../src/config.js';
import { admitRequests } from '../../src/access/admission.js';
import { ApiKeys } from '../../src/access/api-keys.js';
import { WrongKeyThrottle } from '../../src/access/key-throttle.js';
import { configureBodies } from '../../src/ingest/bodies.js';
import { BulkController } from '../../src/ingest/bulk.controller.js';
import { IngestController } from '../../src/ingest/ingest.controller.js';
import { answerFrameworkError } from '../../src/broken-requests.js';
import { ProblemFilter } from '../../src/problem.js';
import { observeRoutes } from '../../src/route-table.js';
import { Tracing } from '../../src/tracing/tracing.js';
import { FakeAppender } from './fake-appender.js';

export interface IngestApp {
  app: NestFastifyApplication;
  appender: FakeAppender;
  settings: Settings;
  close(): Promise<void>;
}

/** The ingest half of the application over HTTP, in front of a fake appender. */
export async function startIngest(env: NodeJS.ProcessEnv = {}): Promise<IngestApp> {
  const appender = new FakeAppender();
  const settings = loadSettings(env);
  @Module({
    controllers: [IngestController, BulkController],
    providers: [
      { provide: Appender, useValue: appender },
      { provide: SETTINGS, useValue: settings },
      { provide: Tracing, useValue: new Tracing(null) },
    ],
  })
  class IngestTestModule {}
  const module = await Test.createTestingModule({ imports: [IngestTestModule] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    // A test that failed may have left a request open.
    new FastifyAdapter({ frameworkErrors: answerFrameworkError, forceCloseConnections: true }),
    { bodyParser: false, logger: false },
  );
  app.useGlobalFilters(new ProblemFilter());
  observeRoutes(app.getHttpAdapter().getInstance());
  admitRequests(app.getHttpAdapter().getInstance(), settings, new ApiKeys(settings), new WrongKeyThrottle());
  configureBodies(app.getHttpAdapter().getInstance(), settings.ingest.itemBytesMax);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, appender, settings, close: () => app.close() };
}

/** The first line of the data set. */
export const GOOD_ITEM = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
};
