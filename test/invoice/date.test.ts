import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DateOrder, invoiceDateRule, isDay, Refusal } from '../../src/invoice/index.js';

const read = (text: unknown, dateOrder: DateOrder = 'mdy') => {
  const verdict = invoiceDateRule(text, { dateOrder });
  return verdict instanceof Refusal ? null : verdict;
};

/** The platform's calendar: the UTC text of civil fields that are `zone` minutes ahead, null if there is no such date. */
function oracle([y, m, d, h, mi, s]: number[], zone = 0): string | null {
  const date = new Date(0);
  date.setUTCFullYear(Number(y), Number(m) - 1, d);
  date.setUTCHours(Number(h), mi, s);
  const fields = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  fields.push(date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds());
  if (fields.join() !== [y, m, d, h, mi, s].join()) return null;
  const utc = new Date(date.getTime() - zone * 60_000);
  if (utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return null;
  return `${utc.toISOString().slice(0, 19)}Z`;
}

const pad = (n: number | undefined, width = 2) => String(n).padStart(width, '0');
/** Civil fields around every edge: months 0 to 13, days 0 to 32, hours to 25, seconds to 61, and the ends of the calendar. */
const civil = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(0, 1, 1900, 2000, 2011, 2012, 9999)),
  fc.oneof(fc.integer({ min: 0, max: 13 }), fc.constantFrom(2, 12)),
  fc.oneof(fc.integer({ min: 0, max: 32 }), fc.constantFrom(1, 28, 29, 30, 31)),
  fc.integer({ min: 0, max: 25 }),
  fc.integer({ min: 0, max: 61 }),
  fc.integer({ min: 0, max: 61 }),
);

describe('InvoiceDate', () => {
  it.each([
    ['12/1/2010 8:26', '2010-12-01T08:26:00Z'],
    ['12/02/2010 08:26', '2010-12-02T08:26:00Z'],
    ['1/5/2011 14:44:59', '2011-01-05T14:44:59Z'],
    ['12-01-2010 08:26', '2010-12-01T08:26:00Z'],
    ['12-01-2010 08:26:01', '2010-12-01T08:26:01Z'],
    ['2010-12-01', '2010-12-01T00:00:00Z'],
    ['2010-12-01T08:26', '2010-12-01T08:26:00Z'],
    ['2010-12-01t08:26:03z', '2010-12-01T08:26:03Z'],
    ['2010-12-01 08:26:03.999999', '2010-12-01T08:26:03Z'],
    ['2010-12-01T08:26:03,5Z', '2010-12-01T08:26:03Z'],
    ['2010-12-01T00:26:03+05:30', '2010-11-30T18:56:03Z'],
    ['2010-12-31T23:00-0130', '2011-01-01T00:30:00Z'],
    ['2011-01-01T00:00+01', '2010-12-31T23:00:00Z'],
    ['2012-03-01T00:00+01', '2012-02-29T23:00:00Z'],
    ['0000-12-31T23:30-01:00', '0001-01-01T00:30:00Z'],
    ['0001-01-01', '0001-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
    ['2000-02-29', '2000-02-29T00:00:00Z'],
  ])('reads %s as %s', (text, canonical) => expect(read(text)).toBe(canonical));

  it.each([
    ['1/12/2010 8:26', '2010-12-01T08:26:00Z'],
    ['31-12-2010 08:26', '2010-12-31T08:26:00Z'],
    ['2010-12-01T08:26', '2010-12-01T08:26:00Z'],
  ])('reads %s day first as %s', (text, canonical) => expect(read(text, 'dmy')).toBe(canonical));

  it('does not take the order of one question for the next', () => {
    expect(read('1/2/2011 8:26', 'mdy')).toBe('2011-01-02T08:26:00Z');
    expect(read('1/2/2011 8:26', 'dmy')).toBe('2011-02-01T08:26:00Z');
    expect(read('1/2/2011 8:26', 'mdy')).toBe('2011-01-02T08:26:00Z');
  });

  it.each([
    ['12/2/2010 8:26232sa', '12/1/10 8:26', '12/1/2010', '12/1/2010 8:6', '12/1/2010  8:26', ' 12/1/2010 8:26'],
    ['13/1/2010 8:26', '2/29/2011 8:26', '2/30/2012 8:26', '12/32/2010 8:26', '0/1/2010 8:26', '12/0/2010 8:26'],
    ['12/1/2010 24:00', '12/1/2010 8:60', '12/1/2010 8:26:60', '31-12-2010 08:26', '1-1-2010 08:26', '12-01-2010 8:26'],
    ['2010-02-29', '1900-02-29', '2010-13-01', '2010-00-10', '2010-1-1', '20101201', '2010-W48-3', '2010-335'],
    ['2010-12-01T24:00:00Z', '2010-12-01T23:59:60Z', '2010-12-01T08', '2010-12-01T08:26:', '2010-12-01T08:26:00.'],
    ['2010-12-01T08:26.5', '2010-12-01T08:26Z1', '2010-12-01T08:26+24:00', '2010-12-01T08:26+01:60', '2010-12-01Z'],
    ['2010-12-01T08:26+1', '2010-12-01  08:26', '2010-12-01T08:26:00 Z', '0000-12-31', '0001-01-01T00:00+00:01'],
    [
      '9999-12-31T23:59-00:01',
      '+2010-12-01',
      '-2010-12-01',
      '12010-12-01',
      '',
      ' ',
      'now',
      '1291191960000',
      '２010-12-01',
    ],
    [1291191960000, true, {}, [], NaN, new Date(0), `2010-12-01T08:26:00.${'0'.repeat(100)}Z`, '2010-12-01\n'],
  ])('refuses %j and its like', (...values) => {
    for (const value of values) expect([value, read(value)]).toEqual([value, null]);
  });

  it('is required', () => {
    expect(invoiceDateRule(undefined, { dateOrder: 'mdy' })).toMatchObject({ message: 'is required' });
    expect(invoiceDateRule(null, { dateOrder: 'mdy' })).toMatchObject({ message: 'is required' });
  });

  it('agrees with the platform calendar on ISO 8601, with and without a zone', () => {
    const zone = fc.option(fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }));
    fc.assert(
      fc.property(civil, zone, ([y, m, d, h, mi, s], offset) => {
        const ahead = Math.abs(offset ?? 0);
        const suffix = `${(offset ?? 0) < 0 ? '-' : '+'}${pad(Math.floor(ahead / 60))}:${pad(ahead % 60)}`;
        const text = `${pad(y, 4)}-${pad(m)}-${pad(d)}T${pad(h)}:${pad(mi)}:${pad(s)}${offset === null ? '' : suffix}`;
        expect(read(text)).toBe(oracle([y, m, d, h, mi, s], offset ?? 0));
        expect(read(`${text.slice(0, 19)}Z`)).toBe(oracle([y, m, d, h, mi, s]));
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with the platform calendar on the forms of the data set, in both orders', () => {
    fc.assert(
      fc.property(civil, ([y, m, d, h, mi, s]) => {
        const expected = oracle([y, m, d, h, mi, s]);
        expect(read(`${m}/${d}/${pad(y, 4)} ${h}:${pad(mi)}:${pad(s)}`)).toBe(expected);
        expect(read(`${d}/${m}/${pad(y, 4)} ${h}:${pad(mi)}:${pad(s)}`, 'dmy')).toBe(expected);
        expect(read(`${pad(m)}-${pad(d)}-${pad(y, 4)} ${pad(h)}:${pad(mi)}:${pad(s)}`)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('knows a day when it sees one', () => {
    expect(['2012-02-29', '0001-01-01'].map(isDay)).toEqual([true, true]);
    expect(['2011-02-29', '2011-2-1', '', '2011-02-01T00:00', '1/1/2011 1:11', '0000-01-01'].some(isDay)).toBe(false);
  });
});
