import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

const LOOK_MS = 100;
const READY_MS_MAX = 60_000;

/**
 * Resolves once the group's coordinator serves. A broker that has just started, or that never had a group, loads it
 * first, for seconds on a small machine; a consumer that joins meanwhile would crash. Rejects with what Kafka said
 * last after a minute, and at once when that is no passing state.
 */
export async function coordinatorReady(
  admin: Pick<Admin, 'fetchOffsets'>,
  { groupId, ingestionTopic }: { groupId: string; ingestionTopic: string },
  readyMsMax = READY_MS_MAX,
): Promise<void> {
  for (const deadline = performance.now() + readyMsMax; ;) {
    try {
      await admin.fetchOffsets({ groupId, topics: [ingestionTopic] });
      return;
    } catch (error) {
      const passes = (error as { retriable?: unknown }).retriable === true;
      if (!passes || performance.now() > deadline) throw error;
    }
    await pause(LOOK_MS);
  }
}
