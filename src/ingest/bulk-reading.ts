import type { BulkIntake } from './bulk-intake.js';
import { BrokenBodyError } from './readers/body-chunks.js';
import { type LineReader, UnreadableBodyError } from './readers/line-reader.js';

/**
 * Reads the whole body into the intake: never more than a chunk ahead of what the buffer has taken. A body that breaks
 * off is one more refused line, and so is one that can't be read at all. Rejects when the buffer fails or the sender
 * leaves; what was queued before stays accepted.
 */
export async function readBody(
  chunks: AsyncGenerator<Buffer, void, undefined>,
  reader: LineReader,
  intake: BulkIntake,
): Promise<void> {
  try {
    await readChunks(chunks, reader, intake);
    reader.end();
  } catch (error) {
    if (error instanceof UnreadableBodyError) intake.refuseFields(error.line, error.errors);
    // A line that was cut off might look whole, so it is not read.
    else if (error instanceof BrokenBodyError) intake.refuse(reader.line, error.message);
    else throw error;
  }
  await intake.flush();
}

async function readChunks(
  chunks: AsyncGenerator<Buffer, void, undefined>,
  reader: LineReader,
  intake: BulkIntake,
): Promise<void> {
  while (!reader.broken) {
    const next = chunks.next();
    if (intake.hasBatch && (await isSlow(next))) await intake.flush();
    const { done, value } = await next;
    if (done === true) return;
    reader.read(value);
    if (intake.isFull) await intake.flush();
  }
}

/** How long lines wait for a batch to fill when the sender pauses. */
const LINGER_MS = 100;

async function isSlow(next: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, LINGER_MS, true);
  });
  const soon = next.then(
    () => false,
    () => false,
  );
  const slow = await Promise.race([soon, late]);
  clearTimeout(timer);
  return slow;
}
