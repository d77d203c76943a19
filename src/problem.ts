import { STATUS_CODES } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Logger,
  Optional,
} from '@nestjs/common';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { throwError } from 'rxjs';
import { isPage } from './access/return-path.js';
import { methodsOf } from './route-table.js';

/** One thing that is wrong with a request, in words for the sender; never repeats the value. */
export interface ProblemError {
  field: string;
  message: string;
  /** Of a body with many lines: the line, counted from 1. */
  line?: number;
}

/** An RFC 9457 problem document; some problems carry more members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: readonly ProblemError[];
  [member: string]: unknown;
}

/** A problem of a status that HTTP defines, hence `about:blank` as its type and the status phrase as its title. */
export function problem(status: number, detail: string, errors?: readonly ProblemError[]): Problem {
  const head = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  return errors === undefined ? head : { ...head, errors };
}

/** Thrown by a handler that answers with this problem, and with these headers (such as Retry-After). */
export class ProblemException extends HttpException {
  constructor(
    readonly problem: Problem,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(problem, problem.status);
  }
}

/** Injected where browsers get a page instead of a problem document: pages that are asked for as HTML. */
export const HTML_ERROR_RENDERER = Symbol('HTML_ERROR_RENDERER');

export interface HtmlErrorRenderer {
  /** The whole page. */
  renderError(problem: Problem, path: string): string | Promise<string>;
}

/**
 * Turns everything that goes wrong in a request into `application/problem+json`: Nest's and Fastify's errors with their
 * status, an error with `isRetriable: true` into 503 with Retry-After, anything else into 500 without its internals.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(@Optional() @Inject(HTML_ERROR_RENDERER) private readonly renderer?: HtmlErrorRenderer) {}

  catch(exception: unknown, host: ArgumentsHost): unknown {
    // Errors of a micro-batch belong to its transport.
    if (host.getType() !== 'http') return throwError(() => exception);
    const http = host.switchToHttp();
    return this.answer(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  private async answer(exception: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (reply.sent) return;
    const { problem, headers } = explain(exception, request);
    if (problem.status === 500) this.logger.error(exception instanceof Error ? (exception.stack ?? '') : exception);
    void reply.code(problem.status).headers(headers);
    if (this.renderer !== undefined && wantsPage(request)) {
      // Nobody was asked for a key at an address that is none, so its page must not look anything up.
      const page = await this.renderer.renderError(problem, request.is404 ? '' : request.url);
      void reply.type('text/html; charset=utf-8').send(page);
      return;
    }
    sendProblem(reply, problem);
  }
}

const RETRY_AFTER_SECONDS = 2;

/** Fastify's own errors in words for the sender; the others say enough by themselves. */
const DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is larger than this address takes',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'this address does not take this Content-Type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body is not as long as Content-Length says',
};

type Answer = { problem: Problem; headers: Readonly<Record<string, string>> };

function explain(exception: unknown, request: FastifyRequest): Answer {
  if (exception instanceof ProblemException) return { problem: exception.problem, headers: exception.headers };
  if (isRetriable(exception)) {
    const seconds = exception.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
    return {
      problem: problem(503, 'docstream cannot take or answer this now; try again'),
      headers: { 'retry-after': String(seconds) },
    };
  }
  if (request.is404) return unknownRoute(request);
  if (exception instanceof HttpException) return { problem: ofHttpException(exception), headers: {} };
  if (isFastifyError(exception)) return { problem: ofFastifyError(exception), headers: {} };
  return { problem: problem(500, 'docstream failed; its log says why'), headers: {} };
}

/** 405 where the address takes another method, else 404. */
function unknownRoute(request: FastifyRequest): Answer {
  const [path = '/'] = request.url.split('?');
  const allowed = methodsOf(request.server, path);
  // A route of this method may have found nothing either.
  if (allowed.length === 0 || allowed.includes(request.method)) {
    return { problem: problem(404, 'there is nothing at this address'), headers: {} };
  }
  return {
    problem: problem(405, `this address takes ${allowed.join(', ')}`),
    headers: { allow: allowed.join(', ') },
  };
}

function ofHttpException(exception: HttpException): Problem {
  if (isFastifyError(exception.cause)) return ofFastifyError(exception.cause);
  const response = exception.getResponse();
  const message = typeof response === 'string' ? response : (response as { message?: unknown }).message;
  const detail = Array.isArray(message)
    ? message.join('; ')
    : typeof message === 'string'
      ? message
      : exception.message;
  return problem(exception.getStatus(), detail);
}

function ofFastifyError(error: FastifyError): Problem {
  const status = error.statusCode ?? 500;
  return problem(status, status >= 500 ? 'docstream failed; its log says why' : (DETAILS[error.code] ?? error.message));
}

function isFastifyError(value: unknown): value is FastifyError {
  return value instanceof Error && 'statusCode' in value && typeof value.statusCode === 'number' && 'code' in value;
}

function isRetriable(value: unknown): value is Error & { retryAfterSeconds?: number } {
  return value instanceof Error && 'isRetriable' in value && value.isRetriable === true;
}

/**
 * Browsers get pages, also at an address that was mistyped, and so does whoever looks at one and takes anything; who asks
 * for JSON or events, or calls what programs call, gets the problem.
 */
function wantsPage({ url, method, headers: { accept = '*/*' } }: FastifyRequest): boolean {
  if (FOR_PROGRAMS.test(url)) return false;
  if (!isPage(url)) return method === 'GET' && accept.includes('text/html');
  const isLook = (method === 'GET' || method === 'HEAD') && !/\.(?:csv|json)(?:\?|$)/.test(url);
  return accept.includes('text/html') || (isLook && accept.includes('*/*') && !accept.includes('json'));
}

const FOR_PROGRAMS = /^\/(?:api|invoiceitems?|health|metrics|docs|assets)(?:[/?]|$)/;

function sendProblem(reply: FastifyReply, body: Problem): void {
  // Too much is still on its way: the connection can't be used again.
  if (body.status === 413) void reply.header('connection', 'close');
  void reply.type('application/problem+json').send(JSON.stringify(body));
}
