import { Controller, Get, Module, ServiceUnavailableException } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  HTML_ERROR_RENDERER,
  type HtmlErrorRenderer,
  problem,
  ProblemException,
  ProblemFilter,
} from '../src/problem.js';

@Controller()
class FailingController {
  @Get('dashboard/gone')
  gone(): never {
    throw new ProblemException(problem(410, 'gone for good'), { 'x-why': 'test' });
  }

  @Get('busy')
  busy(): never {
    throw Object.assign(new Error('a driver has details'), { isRetriable: true, retryAfterSeconds: 7 });
  }

  @Get('nest')
  nest(): never {
    throw new ServiceUnavailableException(['one', 'two']);
  }
}

const renderer: HtmlErrorRenderer = {
  renderError: ({ status, detail }, path) => `<h1>${status} ${detail} ${path}</h1>`,
};

@Module({
  controllers: [FailingController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: HTML_ERROR_RENDERER, useValue: renderer },
  ],
})
class FailingModule {}

describe('the problem filter', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [FailingModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  it('renders a page for browsers, and for whoever takes anything, below /dashboard, with the same status and headers', async () => {
    const page = await app.inject({ url: '/dashboard/gone', headers: { accept: 'text/html,*/*' } });
    expect(page.statusCode).toBe(410);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['x-why']).toBe('test');
    expect(page.body).toBe('<h1>410 gone for good /dashboard/gone</h1>');
    for (const headers of [{ accept: 'text/html' }, { accept: '*/*' }, {}]) {
      const missing = await app.inject({ url: '/dashboard/none', headers });
      expect([missing.statusCode, missing.body.startsWith('<h1>404')]).toEqual([404, true]);
    }
  });

  it('gives every other client a problem document', async () => {
    for (const accept of ['application/json', 'application/json, text/plain, */*', 'text/event-stream']) {
      const gone = await app.inject({ url: '/dashboard/gone', headers: { accept } });
      expect(gone.headers['content-type']).toContain('application/problem+json');
      expect(gone.json()).toEqual({ type: 'about:blank', title: 'Gone', status: 410, detail: 'gone for good' });
    }
    const forPrograms = await app.inject({ url: '/api/busy', headers: { accept: 'text/html' } });
    expect(forPrograms.headers['content-type']).toContain('application/problem+json');
  });

  it('answers a retriable error with 503 and Retry-After, without its details', async () => {
    const busy = await app.inject({ url: '/busy' });
    expect([busy.statusCode, busy.headers['retry-after']]).toEqual([503, '7']);
    expect(busy.body).not.toContain('driver');
  });

  it('joins the messages of a Nest exception', async () => {
    expect((await app.inject({ url: '/nest' })).json()).toMatchObject({ status: 503, detail: 'one; two' });
  });
});
