import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from './ops/lifecycle.js';
import { problem, ProblemException } from './problem.js';

/** Whoever is refused for a stop should find another instance, or this one started again. */
const RETRY_AFTER_SECONDS = 2;

const CHANGES = new Set(['POST', 'DELETE']);

/**
 * While the instance stops, the changes that it has begun are finished and new ones are refused (503 with Retry-After, and the
 * connection closes). Readers, readiness among them, are answered until the end.
 */
export function drainChanges(fastify: FastifyInstance, lifecycle: Lifecycle): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!CHANGES.has(request.method)) return done();
    if (lifecycle.shuttingDown) {
      const stopping = problem(503, 'docstream is stopping; send it again, to any instance');
      return done(new ProblemException(stopping, { 'retry-after': String(RETRY_AFTER_SECONDS), connection: 'close' }));
    }
    lifecycle.began();
    // Also when the client has gone away in the middle.
    reply.raw.once('close', () => {
      lifecycle.ended();
    });
    done();
  });
}
