import type { DeadLetterFilter, ReplayJobView } from '../store/index.js';

/**
 * What the pages do with dead letters; the application binds it, so that pages know nothing of Kafka. `key` is the name
 * of the key that allowed it, for the record; null where there is none.
 */
export abstract class DeadLetterActions {
  /**
   * Sends one back, corrected when there is an item; resolves with what leads to its trail.
   * @throws ProblemException 400 naming every bad field of the item; 404, 409 and 422 with why not.
   */
  abstract replay(id: string, item: object | null, key: string | null): Promise<{ place: string }>;
  /** Sends all that match back; null when none does. The job may have ended already. */
  abstract replayMatching(filter: DeadLetterFilter, key: string | null): Promise<ReplayJobView | null>;
  /** @throws ProblemException 404, 409. */
  abstract discard(id: string, key: string | null): Promise<void>;
  /** Resolves with how many they were. */
  abstract discardMatching(filter: DeadLetterFilter, key: string | null): Promise<number>;
}
