import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { KnownKey } from './api-keys.js';

/** Under which a request carries the name of its key. */
const KEY_NAME = 'keyName';

/** Before any request comes. */
export function expectKeys(fastify: FastifyInstance): void {
  fastify.decorateRequest(KEY_NAME, null);
}

export function noteKey(request: FastifyRequest, { name }: KnownKey): void {
  request.setDecorator(KEY_NAME, name);
}

/** What the key is called that let the request in; null: it has no name, or none was needed. */
export function keyNameOf(request: FastifyRequest): string | null {
  return request.server.hasRequestDecorator(KEY_NAME) ? request.getDecorator<string | null>(KEY_NAME) : null;
}
