import {
  eventIdRule,
  type FieldError,
  type ItemOptions,
  type ItemVerdict,
  parseItem,
  Refusal,
} from '../invoice/index.js';
import { readThroughDto } from './item.dto.js';

/** The header that names the event, or the prefix of the events of a bulk request. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

/** `KEY:n` must itself be an event id, so a bulk request's key leaves room for the line number. */
export const BULK_KEY_CHARS_MAX = 239;

/**
 * The verdict on one posted item and the header that may name its event. A good item takes the plain rules, which cost
 * a twentieth of class-validator; a refused one is explained by the DTO. All bad fields are named, the header first.
 */
export function readSubmission(body: unknown, key: string | undefined, options: ItemOptions): ItemVerdict {
  const verdict = explained(body, options);
  if (key === undefined) return verdict;
  const named = eventIdRule(key);
  const errors: FieldError[] = [];
  if (named instanceof Refusal) errors.push({ field: IDEMPOTENCY_KEY, message: named.message });
  if (!verdict.ok) return { ok: false, errors: [...errors, ...verdict.errors] };
  if (errors.length === 0 && verdict.eventId !== null && verdict.eventId !== named) {
    errors.push({ field: 'EventId', message: `must be the same as ${IDEMPOTENCY_KEY} when both are given` });
  }
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, item: verdict.item, eventId: key };
}

/** What is wrong with the key of a bulk request, null when it is good or absent. */
export function refuseBulkKey(key: string | undefined): FieldError | null {
  if (key === undefined) return null;
  const good = key.length <= BULK_KEY_CHARS_MAX && !(eventIdRule(key) instanceof Refusal);
  if (good) return null;
  return { field: IDEMPOTENCY_KEY, message: `must be 1 to ${BULK_KEY_CHARS_MAX} visible ASCII characters` };
}

function explained(body: unknown, options: ItemOptions): ItemVerdict {
  const verdict = parseItem(body, options);
  return verdict.ok ? verdict : readThroughDto(body, options);
}
