import { describe, expect, it } from '@jest/globals';
import { generateCarts, generateLines, type ShopLine } from '../../src/cli/shop.js';
import { parseItem } from '../../src/invoice/index.js';

const LINES = 20_000;

describe('the synthetic shop', () => {
  const lines = take(7, LINES);

  it('gives the same lines for the same seed, and others for another', () => {
    expect(take(7, 2_000)).toEqual(lines.slice(0, 2_000));
    expect(take(8, 2_000)).not.toEqual(lines.slice(0, 2_000));
  });

  it('sends good lines that the rules take and bad ones that they refuse', () => {
    const wrong = lines.filter(
      ({ item, expectation }) => parseItem(item, { dateOrder: 'mdy' }).ok !== (expectation !== 'rejected'),
    );
    expect(wrong).toEqual([]);
  });

  it('repeats only lines that it has sent before, unchanged, and no other event id twice', () => {
    const sent = new Map<unknown, unknown>();
    for (const { item, expectation } of lines) {
      if (expectation === 'duplicate') expect(sent.get(item['EventId'])).toEqual(item);
      else if (sent.has(item['EventId'])) expect(item['EventId']).toBe('new');
      sent.set(item['EventId'], item);
    }
  });

  it('has carts of all sizes, guests, returning customers, popular products, cancellations and adjustments', () => {
    const good = lines.filter(({ expectation }) => expectation === 'stored').map(({ item }) => item);
    const share = (count: number) => count / good.length;
    const invoices = groups(good);
    const sizes = [...invoices.values()].map((items) => items.length);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([1, 60]);
    expect(share(good.filter((item) => item['CustomerID'] === null).length)).toBeCloseTo(0.25, 1);
    const cancelled = [...invoices.keys()].filter((number) => String(number).startsWith('C')).length;
    expect(cancelled / invoices.size).toBeGreaterThan(0.01);
    expect([...invoices.keys()].some((number) => String(number).startsWith('A'))).toBe(true);
    expect(
      good.filter((item) => String(item['InvoiceNo']).startsWith('C')).every((item) => Number(item['Quantity']) < 0),
    ).toBe(true);
    const products = new Map<unknown, number>();
    for (const item of good) products.set(item['StockCode'], (products.get(item['StockCode']) ?? 0) + 1);
    expect(products.size).toBeGreaterThan(1_500);
    expect(Math.max(...products.values())).toBeGreaterThan(20 * (good.length / products.size));
    expect(lines.some(({ expectation }) => expectation === 'duplicate')).toBe(true);
    expect(lines.some(({ expectation }) => expectation === 'rejected')).toBe(true);
  });

  it('gives different seeds different invoice numbers and takes the time from the clock that it is given', () => {
    const numbers = (seed: number) => new Set(take(seed, 500).map(({ item }) => item['InvoiceNo']));
    const [one, other] = [numbers(1), numbers(2)];
    expect([...one].filter((number) => other.has(number) && number !== '536365abc')).toEqual([]);
    const [cart] = generateCarts(1, { now: () => Date.UTC(2026, 10, 22, 21, 0, 5) });
    expect(cart?.[0]?.item['InvoiceDate']).toBe('2026-11-22T21:00:05Z');
  });
});

function take(seed: number, count: number): ShopLine[] {
  const lines: ShopLine[] = [];
  for (const line of generateLines(seed)) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

function groups(items: ShopLine['item'][]): Map<unknown, ShopLine['item'][]> {
  const found = new Map<unknown, ShopLine['item'][]>();
  for (const item of items) {
    const group = found.get(item['InvoiceNo']);
    if (group === undefined) found.set(item['InvoiceNo'], [item]);
    else group.push(item);
  }
  return found;
}
