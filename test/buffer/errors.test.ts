import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { BufferUnavailableError, bufferError } from '../../src/buffer/errors.js';

const { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } =
  kafkajs;
const cut = new KafkaJSConnectionError('Connection error: ECONNRESET', { broker: 'b:1', code: 'ECONNRESET' });
const refused = new KafkaJSProtocolError(Object.assign(new Error('Not authorized'), { retriable: false }) as never);
const busy = new KafkaJSProtocolError(Object.assign(new Error('loading'), { retriable: true }) as never);
const exceeded = (of: Error) => new KafkaJSNumberOfRetriesExceeded(of, { retryCount: 8, retryTime: 100 });

describe('what an error of kafkajs means', () => {
  it.each([
    ['a connection that was cut', cut, cut.message],
    ['one that was cut each time', exceeded(cut), cut.message],
    ['a group that loads', exceeded(busy), 'loading'],
    ['no broker that knows the coordinator', named('KafkaJSGroupCoordinatorNotFound'), 'x'],
    ['one of several', Object.assign(named('KafkaJSAggregateError'), { errors: [busy] }), 'loading'],
  ])('%s passes', (_, error, message) => {
    expect(bufferError(error)).toMatchObject({ name: 'BufferUnavailableError', message, isRetriable: true });
    expect(bufferError(error)).toBeInstanceOf(BufferUnavailableError);
  });

  it.each([
    ['a right that is missing', refused, refused],
    ['one that kafkajs has wrapped', Object.assign(new KafkaJSNonRetriableError('x'), { cause: refused }), refused],
    ['a topic that may not be made', Object.assign(named('KafkaJSAggregateError'), { errors: [refused] }), refused],
  ])('%s is final', (_, error, shown) => {
    expect(bufferError(error)).toBe(shown);
  });

  it('a fault of ours stays what it is', () => {
    const fault = new TypeError('x');
    expect(bufferError(fault)).toBe(fault);
  });
});

function named(name: string): Error {
  return Object.assign(new Error('x'), { name, retriable: false });
}
