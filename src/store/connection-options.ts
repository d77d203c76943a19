import { type ConnectOptions, mongo } from 'mongoose';
import type { Settings } from '../config.js';
import { ConfigError } from '../config-rules.js';

/** Connects to nothing. @throws ConfigError where the driver does not take the address or one of its options */
export function refuseBadAddress({ uri }: Pick<Settings['store'], 'uri'>): void {
  if (uri === null) return;
  try {
    new mongo.MongoClient(uri);
  } catch {
    // What the driver says quotes the address.
    throw new ConfigError(
      'MONGODB_URI',
      'must be a connection string of MongoDB, with hosts, ports and options as it has them',
    );
  }
}

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
