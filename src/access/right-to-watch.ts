import type { FastifyRequest } from 'fastify';
import type { ApiKeys } from './api-keys.js';
import { keyThatLetIn } from './request-key.js';
import { viewerOf } from './viewer.js';

/**
 * Whether an answer that lasts may go on, for as often as it is asked: a person as long as the session does, a program as
 * long as its key is one, everybody else as long as reading needs none.
 */
export function rightToWatch(request: FastifyRequest, keys: ApiKeys): () => boolean {
  const person = viewerOf(request);
  if (person !== null) return () => person.isStillIn();
  const key = keyThatLetIn(request);
  return () => (key === null ? !keys.guardReading : keys.has(key));
}
