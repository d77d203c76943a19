import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem, ProblemException } from '../problem.js';
import { isPage, pagePath, signInPath } from './return-path.js';
import { sendCookie, sentCookie } from './session-cookie.js';
import type { Session, Sessions } from './sessions.js';
import { VIEWER, type Viewer, viewerOf, withViewer } from './viewer.js';

/**
 * Knows people by their session on pages, and nowhere else: programs show a key, so that nothing which a browser sends
 * unasked opens the API. Every form of somebody who has signed in must carry the token of their pages (403).
 */
export function recognisePeople(fastify: FastifyInstance, sessions: Sessions): void {
  // Cookies are looked at on pages only. It is complete when the application is.
  void fastify.register(cookie, { hook: false });
  fastify.decorateRequest(VIEWER, null);
  fastify.addHook('onRequest', (request, reply, done) => {
    const session = isPage(request.url) ? sessionOf(request, sessions) : null;
    if (session !== null) {
      request.setDecorator(VIEWER, viewerFor(session, sessions));
      // What somebody sees who has signed in is not kept for whoever uses the browser next.
      void reply.header('cache-control', 'no-store');
      if (isNavigation(request) && sessions.isToRenew(session)) sendCookie(request, reply, sessions.write(session));
    }
    done();
  });
  // The body is there now, and what runs from here on makes the page.
  fastify.addHook('preHandler', (request, _reply, done) => {
    const token = isPage(request.url) ? takeToken(request.body) : undefined;
    const viewer = viewerOf(request);
    if (viewer === null) return done();
    // Whoever has signed in from another page meanwhile may sign in once more: that form has no token yet.
    const isSignIn = request.routeOptions.url === '/login';
    if (request.method === 'POST' && !isSignIn && !sessions.isFormToken(viewer.session, token)) {
      const detail =
        'This form does not come from a page of this session. Load its page again, and send it from there.';
      return done(new ProblemException(problem(403, detail)));
    }
    withViewer(viewer, done);
  });
}

/** Sends a person who has not signed in to where that is done, and back; false for a program. */
export function askToSignIn(request: FastifyRequest, reply: FastifyReply): boolean {
  if (!isPage(request.url) || !isNavigation(request)) return false;
  const from = request.method === 'POST' ? pathOfReferrer(request) : request.url;
  void reply.header('cache-control', 'no-store').redirect(signInPath(from), 303);
  return true;
}

/** Whether a browser asks, as far as one can tell: it must not be made to open its own window for passwords. */
export function isFromPage(request: FastifyRequest): boolean {
  return request.headers['sec-fetch-site'] !== undefined || sentCookie(request) !== null;
}

function sessionOf(request: FastifyRequest, sessions: Sessions): Session | null {
  const text = sentCookie(request);
  return text === null ? null : sessions.read(text);
}

function viewerFor(session: Session, sessions: Sessions): Viewer {
  return {
    session,
    name: session.key.name,
    mayOperate: session.key.scopes.includes('operate'),
    get formToken() {
      return sessions.formToken(session);
    },
    isStillIn: () => sessions.isOpen(session),
  };
}

function takesPages({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').includes('text/html');
}

/** What a page does by itself, such as asking for suggestions, is no sign of a person. */
function isNavigation(request: FastifyRequest): boolean {
  const mode = request.headers['sec-fetch-mode'];
  return mode === undefined ? takesPages(request) : mode === 'navigate';
}

/** Handlers of forms see the fields of their own. */
function takeToken(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('csrf' in body)) return undefined;
  const { csrf } = body;
  Reflect.deleteProperty(body, 'csrf');
  return csrf;
}

function pathOfReferrer({ headers: { referer } }: FastifyRequest): string {
  if (referer === undefined || !URL.canParse(referer)) return pagePath(null);
  const { pathname, search } = new URL(referer);
  return `${pathname}${search}`;
}
