import { ITEM_FIELDS } from '../../invoice/index.js';
import { fieldsOf, type KeptDeadLetter } from '../../store/index.js';

/** One field of the form that corrects an item. */
export interface FormField {
  name: string;
  label: string;
  hint: string;
  value: string;
  /** What is wrong with it, null when nothing is. */
  fault: string | null;
}

export interface LetterForm {
  fields: FormField[];
  /** What is wrong and belongs to none of the fields. */
  faults: { field: string; message: string }[];
}

type Faults = readonly { field: string; message: string }[];

/** The form as the record fills it: with what its JSON has, where it is JSON, and with its faults at the fields. */
export function formOf(letter: KeptDeadLetter): LetterForm {
  const fields = fieldsOf(letter.value);
  const values = Object.fromEntries(
    ITEM_FIELDS.map((name) => [
      name,
      fields !== null && Object.hasOwn(fields, name) ? textOf((fields as Record<string, unknown>)[name]) : '',
    ]),
  );
  return fill(values, letter.errors);
}

/** The form as somebody has filled it in. */
export function formFrom(sent: Readonly<Record<string, unknown>>, faults: Faults): LetterForm {
  return fill(itemOf(sent), faults);
}

/** The item that the form describes, as text: the field rules read it as they read a CSV file. */
export function itemOf(sent: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(ITEM_FIELDS.map((name) => [name, textOf(sent[name])]));
}

function fill(values: Readonly<Record<string, string>>, faults: Faults): LetterForm {
  const fields = ITEM_FIELDS.map((name) => ({
    ...{ name, label: LABELS[name], hint: HINTS[name] ?? '', value: values[name] ?? '' },
    fault: faults.find(({ field }) => field === name)?.message ?? null,
  }));
  return { fields, faults: faults.filter(({ field }) => !(field in LABELS)) };
}

/** What JSON had there; a list or an object is left to whoever corrects it. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value as string | number | boolean);
  try {
    return JSON.stringify(value);
  } catch {
    // Nested deeper than JSON can be written; the raw value is on the page.
    return '';
  }
}

const LABELS: Readonly<Record<(typeof ITEM_FIELDS)[number], string>> = {
  InvoiceNo: 'Invoice No',
  StockCode: 'Stock code',
  Description: 'Description',
  Quantity: 'Quantity',
  InvoiceDate: 'Invoice date',
  UnitPrice: 'Unit price',
  CustomerID: 'Customer ID',
  Country: 'Country',
};

const HINTS: Readonly<Record<string, string>> = {
  InvoiceNo: 'C before the digits for a cancellation',
  Description: 'may be empty',
  Quantity: 'a whole number, negative for returns',
  InvoiceDate: 'such as 2010-12-01T08:26:00Z',
  UnitPrice: 'at most four decimals',
  CustomerID: 'empty for a guest',
};
