import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from '../../dist/app.module.js';
import { loadSettings } from '../../dist/config.js';
import { Metrics } from '../../dist/ops/metrics.js';
import { describeRoutes } from '../../dist/ops/openapi/describe-api.js';

/** The application put together and never started: it connects to nothing. */
export async function describedApp() {
  const settings = loadSettings({ KAFKA_BROKERS: '127.0.0.1:9', MONGODB_URI: 'mongodb://127.0.0.1:9/' });
  const options = { logger: false, abortOnError: false, bodyParser: false };
  const app = await NestFactory.create(AppModule.with(settings), new FastifyAdapter(), options);
  const { registry } = app.get(Metrics);
  const metrics = registry.getMetricsAsArray().map(({ name, help, type, labelNames, constructor }) => ({
    name,
    help,
    type: type ?? constructor.name.toLowerCase(),
    labelNames: [...labelNames].filter((label) => label !== 'le'),
  }));
  return { document: describeRoutes(app, settings), metrics, close: () => app.close().catch(() => undefined) };
}
