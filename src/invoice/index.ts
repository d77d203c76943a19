export { decodeItem, encodeItem } from './codec.js';
export { daysInMonth, invoiceDateRule, isDay } from './date.js';
export { findCell, type SummaryPart } from './delta-cell.js';
export { addEncoded, decodeDelta, encodeDelta, encodePieces } from './delta-codec.js';
export { parseExactJson } from './exact-json.js';
export {
  type AddedLines,
  foldBatch,
  type FoldedInvoice,
  type FoldOutcome,
  type FoldRecord,
  type FoldResult,
  lineOf,
  positionOf,
  type StoredInvoice,
} from './fold.js';
export type { DateOrder, FieldError, InvoiceHeader, InvoiceKind, Item, ItemOptions, Line } from './item.js';
export { kindOf } from './kind.js';
export { amountOf, formatMoney, type Money, parseMoney } from './money.js';
export { ITEM_FIELDS, type ItemVerdict, noItem, parseItem, printableKey, unknownFields } from './parse.js';
export { coverRange, periodsOf } from './periods.js';
export { type NamedRecord, recallBatch, type RecallResult, type StoredLines } from './recall.js';
export { Refusal, REQUIRED } from './refusal.js';
export {
  countryRule,
  customerIdRule,
  descriptionRule,
  eventIdRule,
  invoiceNoRule,
  quantityRule,
  type Rule,
  RULES,
  stockCodeRule,
  unitPriceRule,
} from './rules.js';
export {
  addInvoice,
  addLine,
  emptyPeriod,
  mergeDelta,
  mergePeriod,
  plusPeriod,
  type PeriodTally,
  type ProductTally,
  type SummaryDelta,
  type Tally,
} from './summary.js';
