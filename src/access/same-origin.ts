import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { problem, ProblemException } from '../problem.js';

/**
 * Refuses (403) what a page of another site makes a browser send, which would act with the reach of whoever looks at that
 * page. Browsers say so in `Sec-Fetch-Site` or `Origin`; programs send neither and pass.
 */
@Injectable()
export class ForeignPageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (!isFromForeignPage(context.switchToHttp().getRequest<FastifyRequest>())) return true;
    throw new ProblemException(problem(403, 'this can only be asked from a page of docstream itself'));
  }
}

function isFromForeignPage({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  // `none`: a person's own doing, such as an address that was typed.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Browsers leave that header out where a page came neither encrypted nor from this machine.
  const { origin } = headers;
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);
}
