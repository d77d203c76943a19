// Regular expressions of exactly the dates that are accepted: a client that generates values by them is never refused.

const YEAR = '(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])';
const CENTURY = '(?:0[48]|[2468][048]|[13579][26])';
const LEAP_YEAR = `(?:[0-9]{2}${CENTURY}|${CENTURY}00)`;
const MINUTE = '[0-5][0-9]';
const HOUR = '(?:[01][0-9]|2[0-3])';

interface DayParts {
  year: string;
  month: string;
  day: string;
}

/** Every day that exists, as the parts of a date; months and days have one or two digits where `zero` is `0?`. */
function dayParts(zero: '0' | '0?'): DayParts[] {
  return [
    { year: YEAR, month: `(?:${zero}[1-9]|1[0-2])`, day: `(?:${zero}[1-9]|1[0-9]|2[0-8])` },
    { year: YEAR, month: `(?:${zero}[13-9]|1[0-2])`, day: '(?:29|30)' },
    { year: YEAR, month: `(?:${zero}[13578]|1[02])`, day: '31' },
    { year: LEAP_YEAR, month: `${zero}2`, day: '29' },
  ];
}

function anyDay(zero: '0' | '0?', write: (parts: DayParts) => string): string {
  return `(?:${dayParts(zero).map(write).join('|')})`;
}

const DAY = anyDay('0', ({ year, month, day }) => `${year}-${month}-${day}`);
const ZONE = `(?:[Zz]|[+-]${HOUR}(?::?${MINUTE})?)`;
const ISO = `${DAY}(?:[Tt ]${HOUR}:${MINUTE}(?::${MINUTE}(?:[.,][0-9]{1,9})?)?${ZONE}?)?`;

/** A day, or a date and time, in ISO 8601. */
export const ISO_DATE = `^${ISO}$`;

/** The same, or nothing at all. */
export const ISO_DATE_OR_BLANK = `^(?:${ISO})?$`;

/** An InvoiceDate: ISO 8601, or one of the two spellings with this order of day and month. */
export function invoiceDatePattern(order: 'mdy' | 'dmy'): string {
  const written = (separator: string) => (parts: DayParts) => {
    const { year, month, day } = parts;
    return [...(order === 'mdy' ? [month, day] : [day, month]), year].join(separator);
  };
  const slashed = `${anyDay('0?', written('/'))} (?:[01]?[0-9]|2[0-3]):${MINUTE}(?::${MINUTE})?`;
  const dashed = `${anyDay('0', written('-'))} ${HOUR}:${MINUTE}(?::${MINUTE})?`;
  return `^(?:${ISO}|${slashed}|${dashed})$`;
}
