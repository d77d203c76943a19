import type { FastifyInstance } from 'fastify';
import type { Tracing } from './tracing.js';

/** What orchestrators and Prometheus ask all the time, and files. */
const UNTRACED_ROUTES = /^\/(?:health|metrics|docs|assets)(?:\/|$)/;

/** A span for every request but those of machines that look after this one. To be called before routes are registered. */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  if (!tracing.isOn) return;
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!request.is404 && !UNTRACED_ROUTES.test(request.routeOptions.url ?? '/docs')) tracing.beginRequest(request.raw);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    tracing.endRequest(request.raw, request.routeOptions.url ?? '', reply.statusCode);
    done();
  });
}
