import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The sender's `Request-Id` or `X-Request-Id` where it is 1 to 128 visible ASCII characters, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const sent = headers['request-id'] ?? headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
}

const REQUEST_ID = /^[!-~]{1,128}$/;
