import { ISO_DATE_OR_BLANK } from './date-patterns.js';
import { arrayOf, nullable, page, record, ref, type Schema, type Schemas } from './parts.js';

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const time: Schema = { type: 'string', format: 'date-time' };
const actor: Schema = { type: 'string', enum: ['api', 'dashboard', 'cli'] };
const keyName = nullable('string', { description: 'the name of the key; null: it has none, or none was needed' });
const base64 = { type: ['string', 'null'], contentEncoding: 'base64' } as Schema;

/** Filters may be blank, as a form sends them. */
export const REASON: Schema = { type: 'string', pattern: '^[a-z-]{0,64}$', example: 'invalid-item' };
export const SHORT_TEXT: Schema = { type: 'string', maxLength: 200 };
export const MOMENT: Schema = { type: 'string', pattern: ISO_DATE_OR_BLANK, example: '2010-12-01' };

/** Up to 1,000 with commas between them. */
export const IDS: Schema = { type: 'string', pattern: '^(?:[!-+\\--~]{1,300}(?:,[!-+\\--~]{1,300}){0,999})?$' };

const header = { type: ['string', 'null'] } as Schema;
const headers: Schema = {
  type: 'object',
  additionalProperties: { anyOf: [header, { type: 'array', items: header, minItems: 2 }] },
  description:
    'the values as text, null where there is none, of a repeated name a list in their order; what is not UTF-8 is in ' +
    'base64 with `base64:` before it',
};

const tally = { matched: count, replayed: count, failed: count };

/** The shapes of dead letters and of what is done with them. */
export const DEAD_LETTER_SCHEMAS: Schemas = {
  DeadLetter: record({
    ...{ id: text, reason: text, message: text, errors: arrayOf(record({ field: text, message: text })) },
    ...{ topic: text, partition: count, offset: count, at: time },
    ...{ key: base64, value: base64, headers },
    history: arrayOf({
      anyOf: [
        record({
          ...{ at: time, action: { type: 'string', enum: ['replayed'] }, by: actor, key: keyName },
          corrected: { type: 'boolean' },
          to: record({ partition: count, offset: count }),
          receipt: nullable('string', { description: 'null where the record has no invoice number to read' }),
        }),
        record({ at: time, action: { type: 'string', enum: ['discarded'] }, by: actor, key: keyName }),
      ],
    }),
  }),
  DeadLetterList: page(ref('DeadLetter')),
  DeadLetterFilter: {
    type: 'object',
    properties: {
      state: { type: 'string', enum: ['open', 'replayed', 'discarded', 'all'] },
      ...{ reason: REASON, field: SHORT_TEXT, text: SHORT_TEXT, from: MOMENT, to: MOMENT, dryRun: { type: 'boolean' } },
      ids: { anyOf: [{ type: 'array', items: { type: 'string', pattern: '^[!-~]{1,300}$' }, maxItems: 1_000 }, IDS] },
    },
    additionalProperties: false,
  },
  Discarded: record({ discarded: count }),
  Replayed: record({ id: text, eventId: text, receipt: nullable('string'), location: text }),
  ReplayTally: record(tally),
  Replay: record({
    ...{ id: text, state: { type: 'string', enum: ['running', 'stopping', 'done', 'stopped'] }, ...tally },
    failures: arrayOf(record({ id: text, message: text })),
    ...{ by: actor, key: keyName, createdAt: time, finishedAt: nullable('string', { format: 'date-time' }) },
  }),
  ReplayBegun: record({ job: ref('Replay'), location: text }),
  ReplayList: record({ items: arrayOf(ref('Replay')) }),
};
