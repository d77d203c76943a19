import { invoiceDateRule, isDay, Refusal } from '../invoice/index.js';
import { problem, type ProblemError, ProblemException } from '../problem.js';
import type { DeadLetterFilter, DeadLetterPlace } from '../store/index.js';

/** What a list of dead letters is asked for. */
export interface Listing {
  filter: DeadLetterFilter;
  after: DeadLetterPlace | null;
  limit: number;
}

const LIMIT = 50;
const LIMIT_MAX = 200;

/** Query parameters as Fastify parses them; one that is given twice is an array. Unknown ones are ignored. */
export type ListingQuery = Readonly<Record<string, unknown>>;

/**
 * `reason`, `from` and `to` (a day, or a date and time; both inclusive), `cursor` and `limit`.
 * @throws ProblemException 400 naming every bad one.
 */
export function readListing(query: ListingQuery): Listing {
  const errors: ProblemError[] = [];
  const filter = readFilter(query, errors);
  const after = read(query, 'cursor', decodePlace, errors);
  const limit = read(query, 'limit', limitOf, errors) ?? LIMIT;
  if (errors.length > 0) {
    const fields = errors.map(({ field }) => field).join(', ');
    throw new ProblemException(problem(400, `not a valid query: ${fields}`, errors));
  }
  return { filter, after, limit };
}

/** The opaque text of a place in the list. */
export function encodePlace({ at, id }: DeadLetterPlace): string {
  return Buffer.from(`${at.getTime()} ${id}`).toString('base64url');
}

function readFilter(query: ListingQuery, errors: ProblemError[]): DeadLetterFilter {
  const reason = read(query, 'reason', reasonOf, errors);
  const from = read(query, 'from', firstMoment, errors);
  const to = read(query, 'to', lastMoment, errors);
  if (from !== null && to !== null && from > to) errors.push({ field: 'from', message: 'must not be after to' });
  return { reason, from, to };
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
