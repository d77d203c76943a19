import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, reasonOf } from './errors.js';

/**
 * The data folder's real path, made when it is missing. It must be writable, and free of what Kafka's own settings
 * cannot hold: a comma (lists of folders) or a colon (Java's class path).
 */
export function prepareDataDir(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    const path = realpathSync(dataDir);
    if (/[,:]/.test(path)) throw new Error('its path may not hold a comma or a colon');
    return path;
  } catch (error) {
    throw new EngineError(
      'DATA_DIR',
      `The data folder cannot be used: ${reasonOf(error)}. Set DOCSTREAM_DATA_DIR to a folder that can be written.`,
      { cause: error },
    );
  }
}

/** Where downloads are kept unless told: beside the data. */
export const defaultCacheDir = (dataDir: string): string => join(dataDir, 'cache');
