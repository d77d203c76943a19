import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { KnownKey } from './api-keys.js';

/** Under which a request carries its key. */
const KEY = 'apiKey';

/** Before any request comes. */
export function expectKeys(fastify: FastifyInstance): void {
  fastify.decorateRequest(KEY, null);
}

export function noteKey(request: FastifyRequest, key: KnownKey): void {
  request.setDecorator(KEY, key);
}

/** The key that let the request in; null: none was needed, or the sender has signed in. */
export function keyThatLetIn(request: FastifyRequest): KnownKey | null {
  return request.server.hasRequestDecorator(KEY) ? request.getDecorator<KnownKey | null>(KEY) : null;
}

/** What it is called; null: it has no name, or none was needed. */
export function keyNameOf(request: FastifyRequest): string | null {
  return keyThatLetIn(request)?.name ?? null;
}
