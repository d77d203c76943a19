import { randomUUID } from 'node:crypto';

/** The address of the Kafka that the test run has, as `host:port`. */
export const testKafkaBrokers = (): string => fromEnvironment('DOCSTREAM_TEST_KAFKA');

/** The connection string of the store that the test run has. It names no database: each test has its own. */
export const testStoreUri = (): string => fromEnvironment('DOCSTREAM_TEST_STORE');

/** A name that no other test has, for a topic, a group or a database. Only letters, digits and dashes. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 13)}`;

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with npm test`);
  return value;
}
