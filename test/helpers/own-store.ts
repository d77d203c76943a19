import { startStore, type StoreEngine } from '../../src/engines/index.js';
import { cacheDir, freshFolder, removeFolders } from '../engines/set-up.js';

/**
 * A store for tests that write tens of megabytes at once. Together with what all other tests leave in it, such a
 * transaction can fill the cache of the shared one, and then SecantusDB serves nobody any more: whoever waits for room
 * holds the lock that giving room needs. Stop it in an `afterAll` beside the call.
 */
export async function startOwnStore(): Promise<StoreEngine> {
  const store = await startStore({ dataDir: freshFolder(), cacheDir });
  const stop = async () => {
    await store.stop();
    removeFolders();
  };
  return { ...store, stop };
}
