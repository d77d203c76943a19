import { type FieldError, ITEM_FIELDS, printableKey } from '../../invoice/index.js';
import { UnreadableBodyError } from './line-reader.js';

/** Turns the cells of a row into the value that a JSON parser would give for the same item. */
export type RowShape = (cells: readonly string[]) => Record<string, string | undefined>;

/**
 * The shape of the rows below a header: the item's columns in any order, `EventId` where there is one. Throws
 * UnreadableBodyError naming each column that is unknown, double or missing.
 */
export function rowShapeOf(names: readonly string[]): RowShape {
  const errors: FieldError[] = [];
  names.forEach((name, index) => {
    if (!COLUMNS.includes(name)) errors.push({ field: printableKey(name), message: 'is not a column of an item' });
    else if (names.indexOf(name) !== index) errors.push({ field: name, message: 'stands in the header twice' });
  });
  for (const name of ITEM_FIELDS) {
    if (!OPTIONAL.includes(name) && !names.includes(name)) {
      errors.push({ field: name, message: 'is missing in the header row' });
    }
  }
  if (errors.length > 0) throw new UnreadableBodyError(1, errors);
  const places = COLUMNS.map((name) => names.indexOf(name));
  const [invoiceNo = 0, stockCode = 0, description = 0, quantity = 0, date = 0, price = 0, customer = 0, country = 0] =
    places;
  const eventId = names.indexOf('EventId');
  // One literal, so that all rows share one hidden class.
  return (cells) => ({
    InvoiceNo: cells[invoiceNo],
    StockCode: cells[stockCode],
    Description: description === -1 ? undefined : cells[description],
    Quantity: cells[quantity],
    InvoiceDate: cells[date],
    UnitPrice: cells[price],
    CustomerID: customer === -1 ? undefined : cells[customer],
    Country: cells[country],
    EventId: eventId === -1 ? undefined : cells[eventId] || undefined,
  });
}

const COLUMNS: readonly string[] = [...ITEM_FIELDS, 'EventId'];
/** An item without a description, or of a guest, is an item. */
const OPTIONAL: readonly string[] = ['Description', 'CustomerID'];
