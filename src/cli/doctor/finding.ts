/** What one check found: nothing to do, something to know, or something that must be fixed. */
export interface Finding {
  level: 'ok' | 'warn' | 'FAIL';
  /** What was looked at. */
  check: string;
  /** What was found. */
  found: string;
  /** What to do about it; null where there is nothing to do. */
  remedy: string | null;
}

export const ok = (check: string, found: string): Finding => ({ level: 'ok', check, found, remedy: null });
export const warn = (check: string, found: string, remedy: string): Finding => ({
  level: 'warn',
  check,
  found,
  remedy,
});
export const fail = (check: string, found: string, remedy: string): Finding => ({
  level: 'FAIL',
  check,
  found,
  remedy,
});

/** `1 broker`, `3 brokers`. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
