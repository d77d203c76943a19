import { invoiceDateRule, isDay, printableKey, Refusal } from './invoice/index.js';
import { problem, type ProblemError, ProblemException } from './problem.js';
import type { DeadLetterFilter, DeadLetterPlace, DeadLetterState } from './store/index.js';

/** What a list of dead letters is asked for. */
export interface Listing {
  filter: DeadLetterFilter;
  after: DeadLetterPlace | null;
  limit: number;
}

const LIMIT = 50;
const LIMIT_MAX = 200;
const IDS_MAX = 1_000;
const FILTERS = ['state', 'reason', 'field', 'text', 'from', 'to', 'ids'];

/** Query parameters as Fastify parses them; one that is given twice is an array. Unknown ones are ignored. */
export type ListingQuery = Readonly<Record<string, unknown>>;

/**
 * `state` (`open` unless it is named, or `all`), `reason`, `field`, `text`, `from` and `to` (a day, or a date and time;
 * both inclusive), `ids`, `cursor` and `limit`.
 * @throws ProblemException 400 naming every bad one.
 */
export function readListing(query: ListingQuery): Listing {
  const errors: ProblemError[] = [];
  const filter = filterOf(query, errors);
  const after = read(query, 'cursor', decodePlace, errors);
  const limit = read(query, 'limit', limitOf, errors) ?? LIMIT;
  refuse(errors);
  return { filter, after, limit };
}

/**
 * The filter of an action. What is not a filter is refused here: a misspelt one would let the action reach further than
 * was meant. `isWide`: no filter is given at all.
 * @param also other names that the action takes.
 * @throws ProblemException 400 naming every bad one.
 */
export function readFilter(
  query: ListingQuery,
  also: readonly string[] = [],
): { filter: DeadLetterFilter; isWide: boolean } {
  const errors: ProblemError[] = [];
  for (const field of Object.keys(query)) {
    if (!FILTERS.includes(field) && !also.includes(field))
      errors.push({ field: printableKey(field), message: 'is not a filter' });
  }
  const filter = filterOf(query, errors);
  refuse(errors);
  return { filter, isWide: FILTERS.every((name) => query[name] === undefined || query[name] === '') };
}

function refuse(errors: readonly ProblemError[]): void {
  if (errors.length === 0) return;
  const fields = errors.map(({ field }) => field).join(', ');
  throw new ProblemException(problem(400, `not a valid query: ${fields}`, errors));
}

/** The opaque text of a place in the list. */
export function encodePlace({ at, id }: DeadLetterPlace): string {
  return Buffer.from(`${at.getTime()} ${id}`).toString('base64url');
}

function filterOf(query: ListingQuery, errors: ProblemError[]): DeadLetterFilter {
  const ids = idsOf(query.ids, errors);
  const state = read(query, 'state', stateOf, errors) ?? (ids === null ? 'open' : 'all');
  const field = read(query, 'field', textOf, errors);
  const text = read(query, 'text', textOf, errors);
  const reason = read(query, 'reason', reasonOf, errors);
  const from = read(query, 'from', firstMoment, errors);
  const to = read(query, 'to', lastMoment, errors);
  if (from !== null && to !== null && from > to) errors.push({ field: 'from', message: 'must not be after to' });
  return { state: state === 'all' ? null : state, reason, field, text, from, to, ids };
}

function read<T>(
  query: ListingQuery,
  field: string,
  rule: (text: string) => T | Refusal,
  errors: ProblemError[],
): T | null {
  const value = query[field];
  // A form sends what was left blank as well.
  if (value === undefined || value === '') return null;
  const result = typeof value === 'string' ? rule(value) : new Refusal('must be given once');
  if (!(result instanceof Refusal)) return result;
  errors.push({ field, message: result.message });
  return null;
}

/** Several, in an array or with commas between them. */
function idsOf(value: unknown, errors: ProblemError[]): string[] | null {
  if (value === undefined || value === '') return null;
  const ids = typeof value === 'string' ? value.split(',') : value;
  const isList = Array.isArray(ids) && ids.length <= IDS_MAX;
  if (isList && ids.every((id): id is string => typeof id === 'string' && /^[!-~]{1,300}$/.test(id))) return ids;
  errors.push({ field: 'ids', message: `must be up to ${IDS_MAX} ids of dead letters` });
  return null;
}

function stateOf(text: string): DeadLetterState | 'all' | Refusal {
  return text === 'open' || text === 'replayed' || text === 'discarded' || text === 'all'
    ? text
    : new Refusal('must be open, replayed, discarded or all');
}

function textOf(text: string): string | Refusal {
  return text.length <= 200 ? text : new Refusal('must have at most 200 characters');
}

function reasonOf(text: string): string | Refusal {
  return /^[a-z-]{1,64}$/.test(text) ? text : new Refusal('must be a reason as dead letters have it');
}

function limitOf(text: string): number | Refusal {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= LIMIT_MAX ? limit : new Refusal(`must be a whole number from 1 to ${LIMIT_MAX}`);
}

function firstMoment(text: string): Date | Refusal {
  return isDay(text) ? new Date(`${text}T00:00:00Z`) : momentOf(text, 0);
}

/** What is given to the second means all of that second, as a day means all of that day. */
function lastMoment(text: string): Date | Refusal {
  return isDay(text) ? new Date(`${text}T23:59:59.999Z`) : momentOf(text, 999);
}

function momentOf(text: string, msUnlessGiven: number): Date | Refusal {
  const seconds = /^\d{4}-/.test(text) ? invoiceDateRule(text, { dateOrder: 'mdy' }) : null;
  if (typeof seconds !== 'string') return new Refusal('must be a day or a date and time that exists, in ISO 8601');
  const fraction = /[.,](\d{1,3})/.exec(text)?.[1];
  const ms = fraction === undefined ? msUnlessGiven : Number(fraction.padEnd(3, '0'));
  return new Date(Date.parse(seconds) + ms);
}

function decodePlace(text: string): DeadLetterPlace | Refusal {
  const match = /^(-?\d{1,15}) (\S{1,300})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  const [, atMs, id] = match ?? [];
  const place = atMs === undefined || id === undefined ? null : { at: new Date(Number(atMs)), id };
  if (place !== null && encodePlace(place) === text) return place;
  return new Refusal('must be the next of an answer of this address');
}
