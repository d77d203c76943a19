import { Body, Controller, Get, Logger, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiKeys, type KnownKey } from '../../access/api-keys.js';
import { pagePath } from '../../access/return-path.js';
import { ForeignPageGuard } from '../../access/same-origin.js';
import { sendCookie } from '../../access/session-cookie.js';
import { viewerOf } from '../../access/viewer.js';
import { type Refusal, SignIn } from './sign-in.js';
import { Views } from './views.js';

type Fields = Readonly<Record<string, unknown>>;

/** Signing in to the pages with an API key, and out again. Where no keys are configured there is nothing to sign in to. */
@Controller()
export class SessionController {
  private readonly logger = new Logger(SessionController.name);

  constructor(
    private readonly signIn: SignIn,
    private readonly keys: ApiKeys,
    private readonly views: Views,
  ) {}

  @Get('login')
  async page(
    @Query() { next, out }: Fields,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!this.keys.areNeeded || viewerOf(request) !== null) return this.goOn(reply, pagePath(next));
    await this.show(reply, { next: pagePath(next), hasLeft: out !== undefined });
  }

  @Post('login')
  @UseGuards(ForeignPageGuard)
  async enter(@Body() form: Fields | null, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const next = pagePath(form?.['next']);
    if (!this.keys.areNeeded) return this.goOn(reply, next);
    const verdict = await this.signIn.attempt(form?.['apiKey'], request.ip);
    if ('refused' in verdict) return this.refuse(verdict, next, request, reply);
    this.logger.log(`signed in with the key ${labelOf(verdict.key)} from ${request.ip}`);
    sendCookie(request, reply, verdict.cookie);
    this.goOn(reply, next);
  }

  @Post('logout')
  @UseGuards(ForeignPageGuard)
  leave(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const viewer = viewerOf(request);
    if (viewer !== null) this.signIn.end(viewer.session);
    sendCookie(request, reply, null);
    this.goOn(reply, '/login?out');
  }

  private async refuse(verdict: Refusal, next: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    this.logger.warn(`refused to sign somebody in from ${request.ip}: ${verdict.why}`);
    if (verdict.retryAfterSeconds !== null) void reply.header('retry-after', String(verdict.retryAfterSeconds));
    await this.show(reply.code(verdict.refused), { next, refusal: verdict.message });
  }

  private async show(reply: FastifyReply, model: object): Promise<void> {
    const page = this.views.render('login', { title: 'Sign in', isBare: true, ...model });
    await reply.type('text/html; charset=utf-8').send(page);
  }

  private goOn(reply: FastifyReply, path: string): void {
    void reply.header('cache-control', 'no-store').redirect(path, 303);
  }
}

function labelOf({ name, digest }: KnownKey): string {
  return name ?? `sha256:${digest.toString('hex').slice(0, 12)}`;
}
