import type { FoldRecord, Item } from '../../src/invoice/index.js';

/** A line as a shop would send it; what is not given is ordinary. */
export function item(fields: Partial<Item> = {}): Item {
  return {
    InvoiceNo: '536365',
    StockCode: '85123A',
    Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
    Quantity: 6,
    InvoiceDate: '2010-12-01T08:26:00Z',
    UnitPrice: '2.55',
    CustomerID: 17850,
    Country: 'United Kingdom',
    ...fields,
  };
}

/** Records of one partition, from the offset on. */
export function records(partition: number, fromOffset: number, items: readonly Item[]): FoldRecord[] {
  return items.map((one, index) => {
    const offset = fromOffset + index;
    return { eventId: `event-${partition}-${offset}`, partition, offset, item: one };
  });
}

/** Numbers in [0, 1) that are the same in each run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const COUNTRIES = ['United Kingdom', 'France', 'EIRE', 'Germany', '__proto__'];

/** `count` invoices of some lines each over about a year, guests and cancellations among them. */
export function shopInvoices(seed: number, count: number): Item[][] {
  const random = seeded(seed);
  const pick = (n: number) => Math.floor(random() * n);
  return Array.from({ length: count }, (_, index) => {
    const cancelled = random() < 0.05;
    const at = Date.UTC(2010, 11, 1) + pick(370 * 24 * 60) * 60_000;
    const head = {
      InvoiceNo: `${cancelled ? 'C' : ''}${600_000 + index}`,
      InvoiceDate: `${new Date(at).toISOString().slice(0, 19)}Z`,
      CustomerID: random() < 0.2 ? null : 12_000 + pick(40),
      Country: COUNTRIES[pick(COUNTRIES.length)] ?? 'France',
    };
    return Array.from({ length: 1 + pick(6) }, () => {
      const product = pick(60);
      const quantity = 1 + pick(24);
      return item({
        ...head,
        StockCode: `P${product}`,
        Description: random() < 0.1 ? null : `PRODUCT ${product}`,
        Quantity: cancelled ? -quantity : quantity,
        UnitPrice: `${pick(20)}.${String(pick(100)).padStart(2, '0')}`,
      });
    });
  });
}
