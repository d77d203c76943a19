import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseExactJson } from '../invoice/index.js';
import { problem, ProblemException } from '../problem.js';

/** Route configuration (`@RouteConfig`) of a route that reads its body as a stream, of any length. */
export const STREAMED_BODY = { streamedBody: true } as const;

/** The content types of `POST /invoiceitems` besides `application/json`. */
export const LINE_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'text/csv'] as const;

/**
 * Replaces Fastify's body parsers. A streamed route gets the raw stream; any other gets parsed JSON (400 on `body` when
 * it is not JSON or not UTF-8, 413 above `bytesMax`), or undefined for a body of no bytes. Pages get the fields of a form as well, the last of equal names;
 * programs do not, because a page of another site can make a browser send a form. Other content types are answered with
 * 415. Call it once, before the application listens, with Nest's `bodyParser: false`.
 */
export function configureBodies(fastify: FastifyInstance, bytesMax: number): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', (request, payload, done) => {
    if (isStreamed(request) || request.is404) return done(null, payload);
    collect(request, payload, bytesMax, done, parseJson);
  });
  fastify.addContentTypeParser('application/x-www-form-urlencoded', (request, payload, done) => {
    if (request.is404) return done(null, payload);
    if (!isPage(request)) return done(unsupported('this address does not take forms'));
    collect(request, payload, bytesMax, done, parseForm);
  });
  fastify.addContentTypeParser([...LINE_TYPES], (request, payload, done) => {
    if (isStreamed(request) || request.is404) return done(null, payload);
    done(unsupported('this address takes application/json; lines go to /invoiceitems'));
  });
}

type Done = (error: Error | null, body?: unknown) => void;

function isStreamed(request: FastifyRequest): boolean {
  return (request.routeOptions.config as Partial<typeof STREAMED_BODY>).streamedBody === true;
}

function isPage({ routeOptions: { url } }: FastifyRequest): boolean {
  return url !== undefined && /^\/(?:dashboard|login$|logout$)/.test(url);
}

function collect(
  request: FastifyRequest,
  payload: IncomingMessage,
  bytesMax: number,
  done: Done,
  parse: (body: Buffer) => unknown,
): void {
  const { headers } = request;
  const refusal = refusalOf(headers['content-type'], headers['content-encoding']);
  if (refusal !== null) return done(refusal);
  if (Number(headers['content-length']) > bytesMax) return done(tooLarge(bytesMax));
  const chunks: Buffer[] = [];
  let bytes = 0;
  let settled = false;
  const settle = (error: Error | null, body?: unknown) => {
    if (settled) return;
    settled = true;
    done(error, body);
  };
  payload.on('data', (chunk: Buffer) => {
    if (settled) return;
    bytes += chunk.length;
    if (bytes > bytesMax) return settle(tooLarge(bytesMax));
    chunks.push(chunk);
  });
  payload.on('end', () => {
    if (settled) return;
    const [first] = chunks;
    const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    let parsed: unknown;
    try {
      parsed = parse(body);
    } catch (error) {
      return settle(error as Error);
    }
    settle(null, parsed);
  });
  payload.on('error', () => {
    settle(badBody('ended before it was complete'));
  });
}

function refusalOf(contentType: string | undefined, contentEncoding: string | undefined): ProblemException | null {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    return unsupported('this address takes bodies without Content-Encoding');
  }
  if (contentType === undefined || contentType.length === 'application/json'.length) return null;
  const charset = charsetOf(contentType);
  return charset === 'utf-8' || charset === 'us-ascii' ? null : unsupported('this address takes UTF-8');
}

/** The charset parameter in lower case; `utf-8` when there is none. */
export function charsetOf(contentType: string): string {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';
  return charset === 'utf8' ? 'utf-8' : charset;
}

function parseJson(body: Buffer): unknown {
  // Clients name the type of what they do not send as well.
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw badBody('is not UTF-8');
  try {
    return parseExactJson(body.toString('utf8'));
  } catch {
    throw badBody('is not JSON');
  }
}

function parseForm(body: Buffer): unknown {
  return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

function badBody(message: string): ProblemException {
  return new ProblemException(problem(400, `the body ${message}`, [{ field: 'body', message }]));
}

function tooLarge(bytesMax: number): ProblemException {
  return new ProblemException(problem(413, `a body may have ${bytesMax} bytes`));
}

export function unsupported(detail: string): ProblemException {
  return new ProblemException(problem(415, detail));
}
