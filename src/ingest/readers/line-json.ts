import { parseExactJson } from '../../invoice/index.js';

/**
 * The value of a line's JSON text, undefined when it is not JSON. A body may consist of nothing else, tens of thousands in
 * each chunk, so what is thrown for one takes no stack: that would take longer than the reading.
 */
export function jsonOf(text: string): unknown {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
