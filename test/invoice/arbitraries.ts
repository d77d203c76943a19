import fc from 'fast-check';
import type { Item } from '../../src/invoice/index.js';

/** Text with what breaks naive encoders: quotes, backslashes, astral characters, separators. */
export const awkwardText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '/', ' ', '\u2028', '\u00a0', 'é', '£', '漢', '😀', '<', '&', "'"),
    fc.constantFrom(...'ABCabc0189-_.,'),
  ),
  maxLength: 20,
});

/** Prices as a sender may write them: numbers, and text with signs, leading zeros and one to four decimals. */
export const rawPrice = fc.oneof(
  fc.integer({ min: -10_000_000_000, max: 10_000_000_000 }).map((scaled) => scaled / 10_000),
  fc
    .tuple(
      fc.constantFrom('', '+', '-'),
      fc.nat(999_999),
      fc.option(fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 4 })),
    )
    .map(([sign, whole, decimals]) => `${sign}0${whole}${decimals === null ? '' : `.${decimals}`}`),
);

const two = (n: number) => String(n).padStart(2, '0');

/** Dates as a sender may write them, all of which exist. */
export const rawDate = fc
  .tuple(fc.date({ min: new Date('1990-01-01'), max: new Date('2089-12-31'), noInvalidDate: true }), fc.nat(5))
  .map(([date, form]) => {
    const iso = date.toISOString();
    const [month, day, year] = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCFullYear()];
    const clock = `${date.getUTCHours()}:${two(date.getUTCMinutes())}`;
    const forms = [
      iso,
      iso.slice(0, 10),
      iso.slice(0, 16).replace('T', ' '),
      `${iso.slice(0, 19)}+05:30`,
      `${month}/${day}/${year} ${clock}`,
      `${two(month)}-${two(day)}-${year} ${iso.slice(11, 19)}`,
    ];
    return forms[form];
  });

/** Items as a sender may write them; nearly all are accepted. */
export const rawItem = fc.record(
  {
    InvoiceNo: fc.oneof(
      fc.nat(999_999_999),
      fc
        .tuple(fc.constantFrom('', 'C', 'c', 'A', 'a'), fc.nat(999_999))
        .map(([letter, digits]) => `${letter}${digits}`),
    ),
    StockCode: fc.constantFrom('85123A', 'gift_0001_40', ' POST ', 'é"\\', 'BANK CHARGES', '漢字', '__proto__'),
    Description: fc.oneof(fc.constantFrom(null, '', '  two  spaces ', 'tea "set"'), awkwardText),
    Quantity: fc
      .integer({ min: -1_000_000, max: 1_000_000 })
      .filter((n) => n !== 0)
      .chain((n) => fc.constantFrom<unknown>(n, String(n), `${n}.0`, `${n}.`)),
    InvoiceDate: rawDate,
    UnitPrice: rawPrice,
    CustomerID: fc.oneof(
      fc.constantFrom<unknown>(null, '', undefined),
      fc.integer({ min: 1, max: 99_999 }).chain((n) => fc.constantFrom<unknown>(n, String(n), `${n}.0`, `0${n}`)),
    ),
    Country: fc.constantFrom('United Kingdom', ' EIRE', 'Côte d’Ivoire', '"Unspecified"', 'Österreich '),
    EventId: fc.option(fc.uuid(), { nil: undefined }),
  },
  { requiredKeys: ['InvoiceNo', 'StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'Country'] },
);

/** Canonical items over few invoices, customers, products and days, so that they meet each other. */
export const canonicalItem: fc.Arbitrary<Item> = fc.record({
  InvoiceNo: fc.constantFrom('1', '2', '3', 'C4', 'A5', '6'),
  StockCode: fc.constantFrom('P', 'Q', '__proto__', 'constructor'),
  Description: fc.constantFrom(null, 'first', 'second'),
  Quantity: fc.constantFrom(-1_000_000, -3, 1, 7, 1_000_000),
  InvoiceDate: fc.constantFrom('2010-12-31T23:59:59Z', '2011-01-01T00:00:00Z', '2011-01-02T08:26:00Z'),
  UnitPrice: fc.constantFrom('-11062.06', '0.00', '0.001', '2.55', '999999.9999', '1000000.00'),
  CustomerID: fc.constantFrom(null, 17850, 13047),
  Country: fc.constantFrom('United Kingdom', 'France', '__proto__'),
});
