import { Body, Controller, Get, Header, Inject, Ip, Param, Post, Redirect, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SETTINGS, type Settings } from '../../config.js';
import { problem, ProblemException } from '../../problem.js';
import { ForeignPageGuard } from '../../access/same-origin.js';
import { DeadLetterReader, type KeptDeadLetter } from '../../store/index.js';
import { FormAdmission } from './form-admission.js';
import { letterModel } from './letter-model.js';
import type { Given } from './letter-filters.js';
import { formFrom, formOf, itemOf, type LetterForm } from './letter-form.js';
import { Views } from './views.js';

/** One dead letter: the raw record, what is wrong with it, and a form that corrects it. */
@Controller('dashboard/dead-letters/:id')
export class DeadLetterPageController {
  private readonly showsRaw: boolean;

  constructor(
    private readonly letters: DeadLetterReader,
    private readonly views: Views,
    private readonly admission: FormAdmission,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.showsRaw = settings.deadLetters.showsRaw;
  }

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('id') id: string): Promise<string> {
    const letter = await this.find(id);
    const form = this.showsRaw ? formOf(letter) : formFrom({}, letter.errors);
    return this.render(letter, form);
  }

  /** Replays the item of the form, or the original (`as=original`); then shows its trail. */
  @Post('replay')
  @UseGuards(ForeignPageGuard)
  async replay(
    @Param('id') id: string,
    @Body() sent: Given | null,
    @Ip() address: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = sent ?? {};
    const { actions, key } = await this.admission.actionsFor(form, address);
    try {
      const { place } = await actions.replay(id, form.as === 'original' ? null : itemOf(form), key);
      void reply.redirect(`/dashboard/events/${encodeURIComponent(place)}`, 303);
    } catch (error) {
      const errors = error instanceof ProblemException && error.problem.status === 400 ? error.problem.errors : null;
      if (!errors) throw error;
      const page = await this.render(await this.find(id), formFrom(form, errors), true);
      void reply.code(400).type('text/html; charset=utf-8').send(page);
    }
  }

  /** Asks before it is discarded. */
  @Get('discard')
  @Header('content-type', 'text/html; charset=utf-8')
  async confirm(@Param('id') id: string): Promise<string> {
    await this.find(id);
    const path = `/dashboard/dead-letters/${encodeURIComponent(id)}`;
    return this.views.render('dead-letters-confirm', {
      title: 'Discard a dead letter',
      section: 'dead-letters',
      ...{ count: 1, id, filters: [], action: `${path}/discard`, isReplay: false, backHref: path },
      needsKey: this.admission.needsKey,
    });
  }

  @Post('discard')
  @UseGuards(ForeignPageGuard)
  @Redirect('/dashboard/dead-letters?done=discarded&count=1', 303)
  async discard(@Param('id') id: string, @Body() form: Given | null, @Ip() address: string): Promise<void> {
    const { actions, key } = await this.admission.actionsFor(form ?? {}, address);
    await actions.discard(id, key);
  }

  private render(letter: KeptDeadLetter, form: LetterForm, isRefused = false): string {
    return this.views.render('dead-letter', {
      title: 'Dead letter',
      section: 'dead-letters',
      letter: letterModel(letter, this.showsRaw),
      ...{ form, isRefused, needsKey: this.admission.needsKey },
    });
  }

  private async find(id: string): Promise<KeptDeadLetter> {
    const letter = await this.letters.find(id);
    if (letter === null) throw new ProblemException(problem(404, 'There is no dead letter with this id.'));
    return letter;
  }
}
