import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { KAFKA_VERSION } from '../../src/engines/kafka-install.js';

/** The address of the Kafka that the test run has, as `host:port`. */
export const testKafkaBrokers = (): string => fromEnvironment('TEST_KAFKA');

/** The connection string of this worker's store. It names no database: each test has its own. */
export function testStoreUri(): string {
  const uris = fromEnvironment('TEST_STORE').split(' ');
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 1);
  return uris[(worker - 1) % uris.length] ?? '';
}

/** Kafka's own Java classes, of the version that the test run has. */
export const KAFKA_CLASSPATH = join(resolve('.docstream/cache'), `kafka-${KAFKA_VERSION}`, '*');

/** A name that no other test has, for a topic, a group or a database. Only letters, digits and dashes. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 13)}`;

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with npm test`);
  return value;
}
