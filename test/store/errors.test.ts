import { describe, expect, it } from '@jest/globals';
import { storeError, StoreUnavailableError } from '../../src/store/errors.js';

describe('an error of a store operation', () => {
  it('of a socket, which the driver lets through when it is reset while it writes, passes', () => {
    const reset = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'write' });

    const error = storeError(reset);

    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error).toMatchObject({ isRetriable: true, cause: reset });
  });

  it('that is a fault of ours stays what it is', () => {
    const fault = new TypeError('x is not a function');

    expect(storeError(fault)).toBe(fault);
  });
});
