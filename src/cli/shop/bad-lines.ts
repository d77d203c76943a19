import { pick, type Random } from './random.js';

type Fault = Readonly<Record<string, unknown>>;

/** What is wrong with a bad line: one or two fields, as senders get them wrong. */
const FAULTS: readonly [Fault, ...Fault[]] = [
  { Quantity: 0 },
  { Quantity: 1.5 },
  { UnitPrice: 'NaN' },
  { UnitPrice: 2.55555 },
  { InvoiceDate: '13/45/2026 8:26' },
  { InvoiceDate: '12/2/2010 8:26232sa' },
  { InvoiceNo: '536365abc' },
  { Country: '' },
  { StockCode: null },
  { CustomerID: -17850 },
  { Discount: 5 },
  { Description: 'LANTERN\u0007', Quantity: 'six' },
];

/** The line with a fault that no rule lets pass. */
export function spoil(random: Random, item: object): Record<string, unknown> {
  return { ...item, ...pick(random, FAULTS) };
}
