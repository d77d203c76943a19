import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type Encoding = 'br' | 'gzip';

/** What is shorter fits one packet as it is. */
const BYTES_MIN = 1_400;
/** Half of the best ratio's size for a fiftieth of its time: a page takes about a millisecond. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const TEXT = /^(?:text\/(?:html|css|csv|javascript)|application\/javascript|image\/svg\+xml)\b/;
/** Pages and what they load; the rest of the API is answered as it is, because compressing costs more than it saves there. */
const PATHS = /^\/(?:dashboard|assets|login)(?:[/?]|$)/;

const compressed: Readonly<Record<Encoding, (text: string) => Promise<Buffer>>> = {
  br: (text) => promisify(brotliCompress)(text, BROTLI),
  gzip: (text) => promisify(gzip)(text),
};

/**
 * Compresses pages, styles and scripts for clients that say they take it. The one secret in a page, the token of a form,
 * is another one in each answer, so that the length of an answer tells nothing of it.
 */
export function compressPages(fastify: FastifyInstance): void {
  fastify.addHook('onSend', async (request, reply, payload) => {
    if (!PATHS.test(request.url) || !TEXT.test(String(reply.getHeader('content-type')))) return payload;
    reply.header('vary', 'accept-encoding');
    const encoding = encodingFor(request);
    if (encoding === null || reply.getHeader('content-encoding') !== undefined || reply.statusCode === 206)
      return payload;
    if (typeof payload === 'string' && payload.length >= BYTES_MIN) {
      const body = await compressed[encoding](payload);
      markAs(encoding, reply);
      return body;
    }
    if (!(payload instanceof Readable) || request.method !== 'GET') return payload;
    markAs(encoding, reply);
    return pipeline(payload, compressor(encoding), () => undefined);
  });
}

function markAs(encoding: Encoding, reply: FastifyReply): void {
  reply.header('content-encoding', encoding).removeHeader('content-length');
}

function compressor(encoding: Encoding): Transform {
  return encoding === 'br' ? createBrotliCompress(BROTLI) : createGzip();
}

function encodingFor({ headers }: FastifyRequest): Encoding | null {
  const accepted = String(headers['accept-encoding'] ?? '')
    .split(',')
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.split(';')[0]?.trim());
  return accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : null;
}
