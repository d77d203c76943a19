import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyRequest } from 'fastify';
import type { Session } from './sessions.js';

/** Whoever looks at a page, where they have signed in. */
export interface Viewer {
  readonly session: Session;
  /** What the key is called, for the person to see. */
  readonly name: string | null;
  readonly mayOperate: boolean;
  /** For one form of the page. */
  readonly formToken: string;
  /** False once the session is over, which an answer that lasts asks now and then. */
  isStillIn(): boolean;
}

/** Under which the request carries its viewer. */
export const VIEWER = 'viewer';

const current = new AsyncLocalStorage<Viewer>();

/** Who looks at the page that is being made, null for somebody who has not signed in. */
export function currentViewer(): Viewer | null {
  return current.getStore() ?? null;
}

/** Runs what makes the page with the viewer at hand. */
export function withViewer(viewer: Viewer, makePage: () => void): void {
  current.run(viewer, makePage);
}

/** Who sent the request, null for somebody who has not signed in. */
export function viewerOf(request: FastifyRequest): Viewer | null {
  return request.server.hasRequestDecorator(VIEWER) ? request.getDecorator<Viewer | null>(VIEWER) : null;
}
