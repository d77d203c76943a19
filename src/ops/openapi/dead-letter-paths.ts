import { IDS, MOMENT, REASON, SHORT_TEXT } from './dead-letter-schemas.js';
import {
  ALWAYS,
  ANY_KEY,
  json,
  KEY_NEEDED,
  type Operation,
  type Parameter,
  pathParameter,
  type Paths,
  problemAnswer,
  queryParameter,
  reading,
  ref,
  type Responses,
  type Schema,
  UNAVAILABLE,
  UNKNOWN,
} from './parts.js';

const text: Schema = { type: 'string' };

const filters: Parameter[] = [
  queryParameter('state', '`open` unless named; of `ids`, `all`', {
    type: 'string',
    enum: ['open', 'replayed', 'discarded', 'all'],
  }),
  queryParameter('reason', 'such as not-json or invalid-item', REASON),
  queryParameter('field', 'with something wrong in this field', SHORT_TEXT),
  queryParameter('text', 'stands in the message, in capitals or not', SHORT_TEXT),
  queryParameter('from', 'first day, or date and time, inclusive', MOMENT),
  queryParameter('to', 'last day, or date and time, inclusive', MOMENT),
  queryParameter('ids', 'up to 1,000, with commas between them', IDS),
];
const id = pathParameter('id', 'topic:partition:offset', 'ingestion-topic:0:42');
const job = pathParameter('job', 'from the answer that began it', '0b0ff3ff-9f3c-4d5c-9d0b-0d6a1f6e8a11');
const location = { headers: { Location: { schema: text } } };

/** What every change may be refused for. */
const GUARDED: Responses = {
  ...KEY_NEEDED,
  403: problemAnswer('a page of another site sent it, or the key lacks the scope operate'),
  413: problemAnswer('the body is larger than 64 KiB'),
  415: problemAnswer('another content type than application/json'),
  429: problemAnswer('more requests a second than configured, or too many wrong keys from this address', {
    'Retry-After': 'seconds to wait',
  }),
};

/** What is listed, replayed and discarded. */
export const DEAD_LETTER_PATHS: Paths = {
  '/api/dead-letters': {
    ...reading('dead letters', 'listDeadLetters', 'What could not be processed, newest first', {
      parameters: [
        ...filters,
        queryParameter('limit', 'how many at most; a page of 16 MB ends sooner', {
          type: 'integer',
          minimum: 1,
          maximum: 200,
          default: 50,
        }),
        queryParameter('cursor', 'the `next` of the page before', text),
      ],
      responses: { 200: json('a page', ref('DeadLetterList')), ...UNAVAILABLE },
    }),
    delete: changing('discardDeadLetters', 'Discards all that match; they stay on record for a time', {
      parameters: [
        ...filters,
        queryParameter('all', 'must be true where no filter is given', { type: 'boolean', default: false }),
      ],
      responses: { 200: json('how many', ref('Discarded')) },
    }),
  },
  '/api/dead-letters/{id}': {
    ...reading('dead letters', 'getDeadLetter', 'One dead letter', {
      parameters: [id],
      responses: { 200: json('the dead letter', ref('DeadLetter')), ...UNKNOWN, ...UNAVAILABLE },
    }),
    delete: changing('discardDeadLetter', 'Discards one; it stays on record for a time', {
      parameters: [id],
      responses: { 204: { description: 'it is discarded' }, ...UNKNOWN, 409: problemAnswer('a replay has it now') },
    }),
  },
  '/api/dead-letters/replay': {
    post: changing('replayDeadLetters', 'Replays all that match, as they are, each under its event id', {
      parameters: [...filters, queryParameter('dryRun', 'only says how many match', { type: 'boolean' })],
      requestBody: {
        description: 'The filter, in place of the query or besides it; null is none',
        content: { 'application/json': { schema: { anyOf: [ref('DeadLetterFilter'), { type: 'null' }] } } },
      },
      responses: {
        200: json('up to a hundred, done within 20 s', ref('ReplayTally')),
        202: {
          ...json('more, or not done by then: they are replayed in the background', ref('ReplayBegun')),
          ...location,
        },
      },
    }),
  },
  '/api/dead-letters/{id}/replay': {
    post: changing('replayDeadLetter', 'Replays one under its event id, corrected or as it is', {
      parameters: [id],
      requestBody: {
        description: 'The corrected item; none replays the original bytes',
        content: { 'application/json': { schema: ref('CorrectedItem') } },
      },
      responses: {
        200: {
          ...json('every in-sync replica has it', ref('Replayed')),
          headers: { Location: { schema: text }, 'Event-Id': { schema: text } },
        },
        ...UNKNOWN,
        409: problemAnswer('the event is stored in another invoice or on its way there, or a replay has it now'),
        422: problemAnswer('Kafka does not take a record of this size, or the dead letter has not all of the original'),
      },
    }),
  },
  '/api/dead-letters/replays': reading('dead letters', 'listReplays', 'Replays in the background, newest first', {
    responses: { 200: json('the newest twenty', ref('ReplayList')), ...UNAVAILABLE },
  }),
  '/api/dead-letters/replays/{job}': {
    ...reading('dead letters', 'getReplay', 'How far a replay is', {
      parameters: [job],
      responses: { 200: json('the replay', ref('Replay')), ...UNKNOWN, ...UNAVAILABLE },
    }),
    delete: changing('stopReplay', 'Stops a replay; what is replayed stays so', {
      parameters: [job],
      responses: { 200: json('the replay', ref('Replay')), ...UNKNOWN },
    }),
  },
};

function changing(operationId: string, summary: string, rest: Partial<Operation>): Operation {
  const responses: Responses = { ...ALWAYS, ...GUARDED, ...UNAVAILABLE, ...rest.responses };
  return { tags: ['dead letters'], operationId, summary, security: ANY_KEY, ...rest, responses };
}
