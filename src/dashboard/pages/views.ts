import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { setImmediate } from 'node:timers/promises';
import { ApiKeys } from '../../access/api-keys.js';
import { currentViewer } from '../../access/viewer.js';
import { assetRoot, viewsDir } from './assets.js';
import { compressPages } from './compression.js';
import { pageHandlebars } from './helpers.js';
import { MoneyFormat } from './money-format.js';
import { Templates } from './templates.js';

/** Nothing runs or loads that this host did not serve as a file of its own; inline scripts and styles included. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** Renders the pages of `views` with their layout. */
@Injectable()
export class Views implements OnModuleInit {
  private readonly templates: Templates;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly money: MoneyFormat,
    private readonly keys: ApiKeys,
  ) {
    this.templates = new Templates(pageHandlebars(assetRoot, money), viewsDir);
  }

  /** Before the routes are there: the headers of every page. */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    compressPages(fastify);
    fastify.addHook('onSend', (request, reply, payload, done) => {
      // The reference of the API has a policy of its own.
      if (!/^\/docs(?:[/?]|$)/.test(request.url) && isHtml(reply.getHeader('content-type'))) {
        reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
        // What is not for everybody has been marked as such before.
        if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
        // So that a form tells where it was sent from: without it, browsers send `Origin: null`.
        reply.header('referrer-policy', 'same-origin');
      }
      done(null, payload);
    });
  }

  /** A partial by itself, for a part of a page that changes. */
  part(name: string, model: object): string {
    return this.templates.part(name, model);
  }

  /** The whole page as HTML. Values in `model` are escaped by the templates. */
  render(page: string, model: PageModel): string {
    const viewer = currentViewer();
    const canSignIn = viewer === null && this.keys.areNeeded;
    return this.templates.page(page, { currency: this.money, viewer, canSignIn, ...model });
  }

  /** Compiles what no page has used yet. */
  async compileAhead(): Promise<void> {
    for (const name of this.templates.names) {
      this.templates.compile(name);
      await setImmediate();
    }
  }
}

/** What the layout needs of every page; the page's own template takes the rest. */
export interface PageModel {
  /** Stands in the browser's title bar before the name of the application. */
  title: string;
  section?: 'overview' | 'pipeline' | 'dead-letters';
  /** What stands in the search boxes. */
  search?: { invoiceNo?: string; customerId?: string };
  /** Without what leads to other pages. */
  isBare?: boolean;
  /** Files of `public` that this page runs. */
  scripts?: readonly string[];
  [name: string]: unknown;
}

function isHtml(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/html');
}
