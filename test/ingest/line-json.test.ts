import { expect, it } from '@jest/globals';
import { jsonOf } from '../../src/ingest/readers/line-json.js';

it('tells every JSON value from what is none', () => {
  expect(['null', '0', '""', 'false', '[1]', ' {"a":1}\r'].map(jsonOf)).toEqual([null, 0, '', false, [1], { a: 1 }]);
  expect(['', ' ', 'undefined', '{', '{"a":1}}', "'a'"].map(jsonOf)).toEqual(Array(6).fill(undefined));
});

it('leaves the errors that others throw their stacks', () => {
  jsonOf('{}');
  jsonOf('{');
  expect(new Error('of somebody else').stack).toContain('line-json.test');
});
