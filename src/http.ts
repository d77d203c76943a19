import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { admitRequests } from './access/admission.js';
import { ApiKeys } from './access/api-keys.js';
import { WrongKeyThrottle } from './access/key-throttle.js';
import { answerToOwnName } from './access/own-name.js';
import { recognisePeople } from './access/people.js';
import { isPage } from './access/return-path.js';
import { Sessions } from './access/sessions.js';
import type { Settings } from './config.js';
import { drainChanges } from './draining.js';
import { configureBodies } from './ingest/bodies.js';
import { Lifecycle } from './ops/lifecycle.js';
import { Metrics } from './ops/metrics.js';
import { describeApi } from './ops/openapi/describe-api.js';
import { HTML_ERROR_RENDERER, type HtmlErrorRenderer, problem, ProblemException, ProblemFilter } from './problem.js';
import { observeRoutes } from './route-table.js';
import { traceRequests } from './tracing/http-traces.js';
import { Tracing } from './tracing/tracing.js';

const URL_BYTES_MAX = 8_192;
const HEADERS_TIMEOUT_MS = 15_000;
/** A bulk body may take long, because a slow Kafka slows its reading; it may not take for ever. */
export const REQUEST_TIMEOUT_MS = 15 * 60_000;
const SOCKET_IDLE_MS = 120_000;

/** Everything about HTTP that holds for all routes. Called once, before the application listens. */
export function configureHttp(app: NestFastifyApplication, settings: Settings): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  app.get(Metrics).http.observe(fastify);
  observeRoutes(fastify);
  traceRequests(fastify, app.get(Tracing, { strict: false }));
  sendSecurityHeaders(fastify);
  drainChanges(fastify, app.get(Lifecycle));
  answerErrors(fastify, rendererOf(app, settings));
  answerToOwnName(fastify, settings, app.get(ApiKeys));
  recognisePeople(fastify, app.get(Sessions));
  admitRequests(fastify, settings, app.get(ApiKeys), app.get(WrongKeyThrottle));
  configureBodies(fastify, settings.ingest.itemBytesMax);
  limitTimes(app, settings);
  limitAddresses(fastify);
  describeApi(app, settings);
  return Promise.resolve();
}

/**
 * Errors before a handler runs, such as those of a body, are answered as those of a handler are. Nest sees to that for
 * routes that are not complete when it sets its error handler; a plugin that is awaited before completes them all.
 */
function answerErrors(fastify: FastifyInstance, renderer: HtmlErrorRenderer | undefined): void {
  const filter = new ProblemFilter(renderer);
  fastify.addHook('onRoute', (route) => {
    route.errorHandler ??= (error, request, reply) => {
      void filter.catch(error, new ExecutionContextHost([request, reply]));
    };
  });
}

function rendererOf(app: NestFastifyApplication, { roles }: Settings): HtmlErrorRenderer | undefined {
  return roles.includes('dashboard') ? app.get<HtmlErrorRenderer>(HTML_ERROR_RENDERER, { strict: false }) : undefined;
}

function limitTimes(app: NestFastifyApplication, settings: Settings): void {
  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  // Whoever waits for Kafka is answered before its connection counts as idle.
  server.timeout = Math.max(SOCKET_IDLE_MS, 2 * settings.kafka.appendTimeoutMs);
}

function limitAddresses(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.url.length <= URL_BYTES_MAX) done();
    else done(new ProblemException(problem(414, `an address may have ${URL_BYTES_MAX} bytes`)));
  });
}

/**
 * What a browser may not do with an answer that it shows or loads. An answer to a program's post is neither: no form sends
 * JSON or lines, and no page of another site may.
 */
function sendSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (request.method === 'POST' && !isPage(request.url)) return done();
    reply
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cross-origin-resource-policy', 'same-origin');
    done();
  });
}
