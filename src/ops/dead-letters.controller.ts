import { isUtf8 } from 'node:buffer';
import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { headersByName } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { problem, ProblemException } from '../problem.js';
import { type DeadLetterAct, DeadLetterReader, type KeptDeadLetter } from '../store/index.js';
import { encodePlace, readListing } from '../dead-letter-query.js';

/** A dead letter in JSON: its bytes in base64. */
export interface DeadLetterView {
  id: string;
  reason: string;
  message: string;
  errors: readonly { field: string; message: string }[];
  topic: string;
  partition: number;
  offset: number;
  at: string;
  key: string | null;
  value: string | null;
  /** Null without a value; a list where the record has several of the name. */
  headers: Record<string, HeaderText | HeaderText[]>;
  history: readonly (DeadLetterAct & { key: string | null })[];
}

type HeaderText = string | null;

/** A page ends where its records have so many bytes: one may have megabytes, and in JSON takes some more. */
const PAGE_BYTES_MAX = 16_000_000;

/** What could not be processed. */
@Controller('api/dead-letters')
export class DeadLettersController {
  private readonly showsRaw: boolean;

  constructor(
    private readonly deadLetters: DeadLetterReader,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.showsRaw = settings.deadLetters.showsRaw;
  }

  /** Newest first; following `next` to the end gives every one once. */
  @Get()
  @Header('cache-control', 'no-store')
  async list(@Query() query: Record<string, unknown>): Promise<{ items: DeadLetterView[]; next: string | null }> {
    const { filter, after, limit } = readListing(query);
    const { letters, more } = await this.deadLetters.page(filter, after, {
      lettersMax: limit,
      bytesMax: PAGE_BYTES_MAX,
    });
    const last = letters.at(-1);
    return {
      items: letters.map((letter) => viewOf(letter, this.showsRaw)),
      next: more && last !== undefined ? encodePlace(last) : null,
    };
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  async show(@Param('id') id: string): Promise<DeadLetterView> {
    const found = await this.deadLetters.find(id);
    if (found === null) throw new ProblemException(problem(404, 'there is no dead letter with this id'));
    return viewOf(found, this.showsRaw);
  }
}

/** Where raw records are hidden, key, value and headers are as if there were none. */
function viewOf(letter: KeptDeadLetter, showsRaw: boolean): DeadLetterView {
  const { id, reason, message, errors, topic, partition, offset, history } = letter;
  return {
    ...{ id, reason, message, errors, topic, partition, offset },
    at: letter.at.toISOString(),
    key: (showsRaw ? letter.key?.toString('base64') : null) ?? null,
    value: (showsRaw ? letter.value?.toString('base64') : null) ?? null,
    headers: headersByName(showsRaw ? letter.headers.map(({ name, value }) => ({ name, value: textOf(value) })) : []),
    history: history.map((act) => ({ ...act, key: act.key ?? null })),
  };
}

/** Headers are text by custom; what is not UTF-8 is given in base64 with `base64:` before it. */
function textOf(value: Buffer | null): HeaderText {
  if (value === null) return null;
  return isUtf8(value) ? value.toString('utf8') : `base64:${value.toString('base64')}`;
}
