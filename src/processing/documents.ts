import { headersByName, type OutputRecord } from '../buffer/index.js';
import { type AddedLines, formatMoney, type Line } from '../invoice/index.js';
import type { DeadLetter } from '../store/index.js';

/**
 * The records for `spark-output`: one for each invoice that a micro-batch touched, with the lines that it added, cut in
 * two or more where one would exceed the limit. Every added line stands in exactly one of them.
 */
export function outputDocuments(invoices: readonly AddedLines[], bytesMax: number): OutputRecord[] {
  return invoices.flatMap((invoice) => documentsOf(invoice, bytesMax));
}

/** The record for `dead-letters`: the original key, value and headers, with the reason and the position as headers. */
export function deadLetterRecord(letter: DeadLetter): OutputRecord {
  return {
    key: letter.key,
    value: letter.value,
    headers: {
      ...headersByName(letter.headers),
      'dead-letter-reason': letter.reason,
      'dead-letter-message': letter.message,
      'dead-letter-errors': JSON.stringify(letter.errors),
      'dead-letter-topic': letter.topic,
      'dead-letter-partition': String(letter.partition),
      'dead-letter-offset': String(letter.offset),
      'dead-letter-at': new Date(letter.timestampMs).toISOString(),
    },
  };
}

/** The key, and what Kafka adds to a record and its batch. */
const RECORD_BYTES = 200;

function documentsOf({ header, added }: AddedLines, bytesMax: number): OutputRecord[] {
  const { invoiceNo, kind, customerId, country } = header;
  const head = JSON.stringify({ invoiceNo, kind, customerId, country }).slice(0, -1);
  const documents: OutputRecord[] = [];
  const frameBytes = RECORD_BYTES + Buffer.byteLength(head) + ',"lines":[]}'.length;
  let lines: string[] = [];
  let bytes = frameBytes;
  const flush = () => {
    documents.push({ key: invoiceNo, value: `${head},"lines":[${lines.join(',')}]}` });
    lines = [];
    bytes = frameBytes;
  };
  for (const line of added) {
    const text = lineJson(line);
    // With the comma.
    const size = Buffer.byteLength(text) + 1;
    if (lines.length > 0 && bytes + size > bytesMax) flush();
    lines.push(text);
    bytes += size;
  }
  flush();
  return documents;
}

function lineJson(line: Line): string {
  return JSON.stringify({
    eventId: line.eventId,
    stockCode: line.stockCode,
    description: line.description,
    quantity: line.quantity,
    invoiceDate: line.invoiceDate,
    unitPrice: formatMoney(line.unitPrice),
    amount: formatMoney(line.amount),
  });
}
