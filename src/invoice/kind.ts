import type { InvoiceKind } from './item.js';

/** The kind that a canonical invoice number announces: `C...` a cancellation, `A...` an adjustment, digits a sale. */
export function kindOf(invoiceNo: string): InvoiceKind {
  const first = invoiceNo.charCodeAt(0);
  if (first === LETTER_C) return 'cancellation';
  return first === LETTER_A ? 'adjustment' : 'sale';
}

const LETTER_A = 65;
const LETTER_C = 67;
