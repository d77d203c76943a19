import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { invoiceDateRule, Refusal } from '../../src/invoice/index.js';
import { invoiceDatePattern, ISO_DATE, ISO_DATE_OR_BLANK } from '../../src/ops/openapi/date-patterns.js';

const ORDERS = ['mdy', 'dmy'] as const;

describe('the pattern of dates in the OpenAPI document', () => {
  it.each(ORDERS)('gives only dates that the rule accepts (%s)', (order) => {
    const dates = fc.stringMatching(new RegExp(invoiceDatePattern(order)));
    fc.assert(
      fc.property(dates, (text) => {
        // A zone may move the first or the last day out of the years that there are.
        if (/^(?:0001-01-01|9999-12-31)/.test(text)) return;
        expect([text, invoiceDateRule(text, { dateOrder: order })]).toEqual([text, expect.any(String)]);
      }),
      { numRuns: 500 },
    );
  });

  it.each(ORDERS)('has every day that exists and no other (%s)', (order) => {
    const pattern = new RegExp(invoiceDatePattern(order));
    const iso = new RegExp(ISO_DATE);
    for (const year of [1900, 2000, 2010, 2012, 2100]) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const [y, m, d] = [String(year), String(month).padStart(2, '0'), String(day).padStart(2, '0')];
          const parts = order === 'mdy' ? [month, day] : [day, month];
          const texts = [`${y}-${m}-${d}`, `${y}-${m}-${d}T08:26:00Z`, `${parts.join('/')}/${y} 8:26`];
          for (const text of texts) {
            const accepted = !(invoiceDateRule(text, { dateOrder: order }) instanceof Refusal);
            expect([text, pattern.test(text)]).toEqual([text, accepted]);
          }
          expect(iso.test(texts[0] ?? '')).toBe(pattern.test(texts[0] ?? ''));
        }
      }
    }
  });

  it('may be blank in a filter only', () => {
    expect([ISO_DATE, ISO_DATE_OR_BLANK].map((pattern) => new RegExp(pattern).test(''))).toEqual([false, true]);
  });

  it('is a pattern that JSON Schema takes', () => {
    const ajv = new Ajv2020();
    for (const order of ORDERS) {
      const validate = ajv.compile({ type: 'string', pattern: invoiceDatePattern(order) });
      expect([validate('2010-12-01T08:26:00+02:00'), validate('12-01-2010 08:26'), validate('tomorrow')]).toEqual([
        ...[true, true, false],
      ]);
    }
  });
});
