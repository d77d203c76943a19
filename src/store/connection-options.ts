import type { ConnectOptions } from 'mongoose';
import type { Settings } from '../config.js';

/** How mongoose and the driver below it connect to the store. */
export function connectionOptions({ timeoutMs, database }: Settings['store']): ConnectOptions {
  return {
    dbName: database,
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
    serverSelectionTimeoutMS: Math.min(timeoutMs, 5_000),
    // It also times the driver's monitor, which cuts every operation in use when a busy store answers it late.
    connectTimeoutMS: 20_000,
    socketTimeoutMS: timeoutMs * 2,
    maxPoolSize: 20,
  };
}
