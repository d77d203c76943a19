import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Of the style element that Swagger UI's script puts in; another version may have another, which a browser test tells. */
const SCRIPTED_STYLE = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/**
 * Has the page at `/docs` load nothing from other hosts and run nothing inline. Swagger UI's template has a style element
 * and a style attribute of its own: those are let in by their hashes.
 */
export function limitDocs(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (/^\/docs(?:[/?]|$)/.test(request.url)) {
      const page = typeof payload === 'string' ? payload : '';
      reply.header('content-security-policy', policyFor(page));
    }
    done(null, payload);
  });
}

function policyFor(page: string): string {
  const elements = Array.from(page.matchAll(/<style>([^]*?)<\/style>/g), ([, text]) => hashOf(text));
  const attributes = Array.from(page.matchAll(/ style="([^"]*)"/g), ([, text]) => hashOf(text));
  return [
    "default-src 'self'",
    [
      "style-src 'self'",
      SCRIPTED_STYLE,
      ...elements,
      ...(attributes.length > 0 ? ["'unsafe-hashes'"] : []),
      ...attributes,
    ].join(' '),
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

function hashOf(text = ''): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
