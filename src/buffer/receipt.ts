/** Where an accepted event stands in `ingestion-topic`, and what it is: enough to find it again without an index. */
export interface Receipt {
  partition: number;
  offset: number;
  invoiceNo: string;
  eventId: string;
}

/** A receipt as one path segment: base64url of its parts, separated by blanks (none of the parts has one). */
export function encodeReceipt({ partition, offset, invoiceNo, eventId }: Receipt): string {
  return Buffer.from(`${partition} ${offset} ${invoiceNo} ${eventId}`, 'latin1').toString('base64url');
}

/** The parts of a receipt; null for anything that encodeReceipt did not write. */
export function decodeReceipt(text: string): Receipt | null {
  if (text.length > 600 || !/^[\w-]+$/.test(text)) return null;
  const match = /^(\d{1,9}) (\d{1,15}) ([CA]?\d{1,12}) ([\x21-\x7e]{1,300})$/.exec(
    Buffer.from(text, 'base64url').toString('latin1'),
  );
  const [, partition, offset, invoiceNo, eventId] = match ?? [];
  if (partition === undefined || offset === undefined || invoiceNo === undefined || eventId === undefined) return null;
  const receipt = { partition: Number(partition), offset: Number(offset), invoiceNo, eventId };
  return encodeReceipt(receipt) === text ? receipt : null;
}
