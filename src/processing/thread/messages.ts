import type { ConsumerStatus } from '../../buffer/index.js';
import type { MeteredBatch } from '../../store/index.js';

/** What the main thread asks of the one that processes. */
export const STOP = 'stop';

/** What the thread that processes says. */
export type FromThread =
  /** Its consumer has joined the group. */
  | { kind: 'running' }
  /** It could not start; an error loses all but its text on the way, so what it says of itself travels apart. */
  | { kind: 'failed'; error: Error; marks: object }
  | { kind: 'consumer'; status: ConsumerStatus }
  /** It has committed a micro-batch to the store. */
  | { kind: 'batch'; batch: MeteredBatch };
