import '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Over TLS the browser itself sees to it that no other host and no unencrypted page has set the cookie (`__Host-`).
 * Whether TLS was there is known from the connection, or from a proxy that `DOCSTREAM_TRUST_PROXY` names.
 */
function nameFor({ protocol }: FastifyRequest): string {
  return protocol === 'https' ? '__Host-docstream' : 'docstream';
}

export function sentCookie(request: FastifyRequest): string | null {
  const { cookie: header } = request.headers;
  return header === undefined ? null : (request.server.parseCookie(header)[nameFor(request)] ?? null);
}

/** Null takes the cookie away. It has no age of its own: it goes with the browser, and what it proves ends by itself. */
export function sendCookie(request: FastifyRequest, reply: FastifyReply, value: string | null): void {
  const secure = request.protocol === 'https';
  // Strict would ask everybody to sign in again who follows a link in a message.
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
  const text = request.server.serializeCookie(
    nameFor(request),
    value ?? '',
    value === null ? { ...options, maxAge: 0 } : options,
  );
  void reply.header('set-cookie', text);
}
