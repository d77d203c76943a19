import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../config.js';
import { isLoopback } from '../config-access.js';
import { problem, ProblemException } from '../problem.js';

/**
 * What is open because only this machine reaches it must not be opened by a page of another site whose name leads to
 * 127.0.0.1 (DNS rebinding), which a browser takes for its own host: such a name is answered with 421. Where keys are
 * needed, or a proxy or `DOCSTREAM_ALLOW_OPEN` is set, any name does.
 */
export function answerToOwnName(fastify: FastifyInstance, { http, access }: Settings): void {
  if (access.apiKeys.length > 0 || http.allowOpen || http.trustProxy.length > 0 || !isLoopback(http.host)) return;
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isOfThisMachine(request.hostname)) return done();
    const way = 'set DOCSTREAM_API_KEYS, DOCSTREAM_TRUST_PROXY or DOCSTREAM_ALLOW_OPEN=true';
    done(new ProblemException(problem(421, `an open docstream answers to localhost and to addresses; ${way}`)));
  });
}

function isOfThisMachine(name: string): boolean {
  return name === '' || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || /^(?:[\w-]+\.)*localhost\.?$/i.test(name);
}
