import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../config.js';
import { isLoopback } from '../config-access.js';
import { problem, ProblemException } from '../problem.js';
import type { ApiKeys } from './api-keys.js';

/**
 * What is open must not be opened by a page of another site whose name leads here (DNS rebinding), which a browser takes
 * for its own host: a name that nobody can give to this machine from outside, or that `DOCSTREAM_HOST_NAMES` has, is
 * answered, any other with 421. Where both posting and reading need keys, any name is.
 */
export function answerToOwnName(fastify: FastifyInstance, { http }: Pick<Settings, 'http'>, keys: ApiKeys): void {
  const own = new Set(http.hostNames);
  // Whoever posts asks for the same name each time.
  let answeredTo = '';
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (keys.guardReading || request.host === answeredTo) return done();
    const name = request.hostname.replace(/\.$/, '').toLowerCase();
    if (own.has(name) || isOfThisMachine(name, isLoopback(http.host))) {
      answeredTo = request.host;
      return done();
    }
    const way = 'set DOCSTREAM_HOST_NAMES, or DOCSTREAM_API_KEYS with a key for reading';
    done(new ProblemException(problem(421, `an open docstream does not answer to every name; ${way}`)));
  });
}

/** Names without a dot are of the network that an instance for others stands in, such as those of containers. */
function isOfThisMachine(name: string, isAlone: boolean): boolean {
  if (name === '' || isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
  return /^(?:[\w-]+\.)*localhost$/.test(name) || (!isAlone && /^[\w-]+$/.test(name));
}
