import type { DateOrder, ItemOptions } from './item.js';
import { Refusal, REQUIRED } from './refusal.js';

/**
 * The rule of InvoiceDate: ISO 8601 extended (a date, or a date and time with an optional zone; UTC without one), or the
 * data set's `M/D/YYYY H:MM[:SS]` and `MM-DD-YYYY HH:MM[:SS]`, day first where `dateOrder` says so. Fractions are cut to
 * seconds. Dates that do not exist, hour 24 and leap seconds are refused.
 * @returns `YYYY-MM-DDTHH:MM:SSZ`, years 0001 to 9999.
 */
export function invoiceDateRule(value: unknown, options: ItemOptions): string | Refusal {
  if (typeof value !== 'string') return value === undefined || value === null ? REQUIRED : NOT_A_DATE;
  if (value === memo.text && options.dateOrder === memo.order) return memo.date;
  if (value.length > DATE_CHARS_MAX) return NOT_A_DATE;
  const date = CANONICAL.test(value) ? value : parseDate(value, options.dateOrder);
  if (typeof date === 'string') memo = { text: value, order: options.dateOrder, date };
  return date;
}

/** Whether the text is a day that exists, written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return text.length === 10 && typeof parseDate(text, 'mdy') === 'string';
}

/** Days of a month (1 to 12) in the proleptic Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

const NOT_A_DATE = new Refusal('must be a date such as 2010-12-01T08:26:00Z or 12/1/2010 8:26');
const NO_SUCH_DATE = new Refusal('must be a date and time that exist');

/** Longer than any date that means something; only an endless fraction would be. */
const DATE_CHARS_MAX = 64;
const DAY_MINUTES = 24 * 60;

/** The lines of one cart share their date, so the last answer is usually the next one. */
let memo: { text: string | null; order: DateOrder; date: string } = { text: null, order: 'mdy', date: '' };

/** What processing reads back from Kafka. The last days of a month are left to the long way, which knows the months. */
const CANONICAL = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)?$/;
const SLASHED = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d)(?::(\d\d))?$/;
const DASHED = /^(\d\d)-(\d\d)-(\d{4}) (\d\d):(\d\d)(?::(\d\d))?$/;

const TWO_DIGITS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));

function parseDate(text: string, order: DateOrder): string | Refusal {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, sign, zoneHour, zoneMinute] = iso;
    const time = minutesOf(int(hour), int(minute));
    const zone = minutesOf(int(zoneHour), int(zoneMinute));
    return civil(int(year), int(month), int(day), time, int(second), sign === '-' ? -zone : zone);
  }
  const dataSet = SLASHED.exec(text) ?? DASHED.exec(text);
  if (dataSet === null) return NOT_A_DATE;
  const [, first, second, year, hour, minute, seconds] = dataSet;
  const month = int(order === 'mdy' ? first : second);
  const day = int(order === 'mdy' ? second : first);
  return civil(int(year), month, day, minutesOf(int(hour), int(minute)), int(seconds), 0);
}

function int(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}

/** Minutes since midnight, NaN for a time of day that does not exist. */
function minutesOf(hour: number, minute: number): number {
  return hour < 24 && minute < 60 ? hour * 60 + minute : NaN;
}

/** The canonical text of a local time that is `zone` minutes ahead of UTC; a zone moves it by less than one day. */
function civil(y: number, m: number, d: number, time: number, second: number, zone: number): string | Refusal {
  let [year, month, day, minutes] = [y, m, d, time - zone];
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month) && second < 60;
  if (!exists || Number.isNaN(minutes)) return NO_SUCH_DATE;
  if (minutes < 0) {
    minutes += DAY_MINUTES;
    if (--day === 0) {
      if (--month === 0) [year, month] = [year - 1, 12];
      day = daysInMonth(year, month);
    }
  } else if (minutes >= DAY_MINUTES) {
    minutes -= DAY_MINUTES;
    if (++day > daysInMonth(year, month)) {
      day = 1;
      if (++month === 13) [year, month] = [year + 1, 1];
    }
  }
  if (year < 1 || year > 9999) return NO_SUCH_DATE;
  const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(second)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock}Z`;
}

function two(n: number): string {
  return TWO_DIGITS[n] ?? '';
}
