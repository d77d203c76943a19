import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { problem, ProblemException } from '../problem.js';

/**
 * For what programs call: refuses (403) what a page of another site makes a browser send, which would act with the
 * reach of whoever looks at that page. Programs send neither header and pass.
 */
@Injectable()
export class ForeignPageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return admitted(senderOf(context) !== 'foreign');
  }
}

/** For forms: lets pass only what a page of this very host sends, and refuses the rest (403). */
@Injectable()
export class OwnPageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return admitted(senderOf(context) === 'own');
  }
}

/** What sent the request: a page of this host, a page of another one, or no browser that says so. */
function senderOf(context: ExecutionContext): 'own' | 'foreign' | 'unknown' {
  const { headers, host } = context.switchToHttp().getRequest<FastifyRequest>();
  const site = headers['sec-fetch-site'];
  // `none`: a person's own doing, such as an address that was typed.
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'foreign';
  // Browsers leave that header out where a page came neither encrypted nor from this machine.
  const { origin } = headers;
  if (origin === undefined) return 'unknown';
  return URL.canParse(origin) && new URL(origin).host === host ? 'own' : 'foreign';
}

function admitted(isAdmitted: boolean): boolean {
  if (isAdmitted) return true;
  throw new ProblemException(problem(403, 'this can only be asked from a page of docstream itself'));
}
