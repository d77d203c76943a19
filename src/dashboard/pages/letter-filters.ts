/** Query parameters or fields of a form. */
export type Given = Readonly<Record<string, unknown>>;

/** The filters that were given, as names and texts: for links, and for the hidden fields of a form. */
export function filtersOf(given: Given): { name: string; value: string }[] {
  return NAMES.flatMap((name) => {
    const value = given[name];
    const text = Array.isArray(value) ? value.join(',') : value;
    return typeof text === 'string' && text !== '' ? [{ name, value: text }] : [];
  });
}

/** The address with these filters, but for those that `changes` sets (or leaves out: null). */
export function linkTo(path: string, given: Given, changes: Readonly<Record<string, string | null>> = {}): string {
  const query = new URLSearchParams(filtersOf(given).map(({ name, value }): [string, string] => [name, value]));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** A reason in words. */
export function reasonLabel(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** Every reason that processing gives, with its words. */
export const REASONS: Readonly<Record<string, string>> = {
  empty: 'Empty',
  'not-json': 'Not JSON',
  'invalid-item': 'Invalid item',
  'invalid-event-id': 'Invalid event id',
  'invoice-too-large': 'Invoice too large',
};

const NAMES = ['state', 'reason', 'field', 'text', 'from', 'to', 'ids'];
