import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isPage } from './access/return-path.js';
import { problem } from './problem.js';

const TYPE = 'application/problem+json';

/** For Fastify's `rewriteUrl`: the malformed address of a page is taken as it was typed, so that people get a page for it. */
export function readablePageUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  if (!isPage(url)) return url;
  const [path = ''] = url.split('?', 1);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length);
  }
}

/** For Fastify's `frameworkErrors`: what fails before a route is found (a malformed address, say). No hook runs for it. */
export function answerFrameworkError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 400;
  const body = JSON.stringify(problem(status, 'the address is malformed'));
  void reply.code(status).header('x-content-type-options', 'nosniff').type(TYPE).send(body);
}

/** For Fastify's `clientErrorHandler`: what is no HTTP, too long or too slow never becomes a request. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = BROKEN_REQUESTS[error.code ?? ''] ?? { status: 400, detail: 'the request is not HTTP' };
  const body = JSON.stringify(problem(status, detail));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `content-type: ${TYPE}`,
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const BROKEN_REQUESTS: Readonly<Record<string, { status: number; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'the headers are longer than this server takes' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'the request took too long to arrive' },
};
