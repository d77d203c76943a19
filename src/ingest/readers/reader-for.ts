import { charsetOf, unsupported } from '../bodies.js';
import { CsvReader } from './csv-reader.js';
import { JsonArrayReader } from './json-array-reader.js';
import type { LineReader, LineSink } from './line-reader.js';
import { NdjsonReader } from './ndjson-reader.js';
import { textDecodingOf } from './text-decoding.js';

/** The reader of a Content-Type. Throws a 415 problem for a type or a charset that none can read. */
export function readerFor(contentType: string, bytesMax: number): (sink: LineSink) => LineReader {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const decoding = textDecodingOf(charsetOf(contentType));
  if (decoding === null) throw unsupported('lines come in UTF-8; CSV also in iso-8859-1 or windows-1252');
  if (type === 'text/csv') return (sink) => new CsvReader(sink, bytesMax, decoding);
  if (!decoding.utf8) throw unsupported('JSON comes in UTF-8');
  if (type === 'application/json') return (sink) => new JsonArrayReader(sink, bytesMax);
  return (sink) => new NdjsonReader(sink, bytesMax);
}
