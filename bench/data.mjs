import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encodeItem, ITEM_FIELDS, parseItem } from '../dist/invoice/index.js';
import { randomFrom } from './statistics.mjs';

const root = join(import.meta.dirname, '..');
const SAMPLE = join(root, '..', 'shared', 'data', 'online-retail-2010-12_2011-08.csv.gz');
const CARTS_AT_ONCE = 200;

/**
 * The lines of the benchmark as files, made when they are first asked for. `kind`: `csv` and `ndjson` are what a client
 * sends, in the data set's own spellings; `canonical` is what stands in `ingestion-topic`; `mixed` is the same with the
 * lines of 200 carts mixed, as live traffic has them. More lines than there are come under shifted invoice numbers.
 */
export class BenchData {
  #folder;
  #source = null;
  #rows = [];
  #files = new Map();
  #hasSample;

  constructor(folder, hasSample = existsSync(SAMPLE)) {
    this.#folder = folder;
    this.#hasSample = hasSample;
    this.source = hasSample ? 'Online Retail sample' : 'synthetic shop, seed 1';
  }

  /** The path of a file of `count` lines (and a header in CSV). */
  async file(kind, count) {
    const path = join(this.#folder, `${kind}-${count}.txt`);
    if (!this.#files.has(path)) this.#files.set(path, this.#write(path, kind, count));
    await this.#files.get(path);
    return path;
  }

  async #write(path, kind, count) {
    const rows = await this.#take(count);
    const lines = (kind === 'mixed' ? mixed(rows) : rows).map(SPELLINGS[kind]);
    if (kind === 'csv') lines.unshift(ITEM_FIELDS.join(','));
    await writeFile(path, `${lines.join('\n')}\n`);
  }

  async #take(count) {
    const rows = await this.#atLeast(count);
    return Array.from({ length: count }, (_, n) => {
      const turn = Math.floor(n / rows.length);
      const row = rows[n % rows.length];
      return turn === 0 ? row : { ...row, InvoiceNo: row.InvoiceNo.replace(/^[CA]?/, `$&${turn}`) };
    });
  }

  /** Reads no more of the source than is asked for. */
  async #atLeast(count) {
    this.#source ??= this.#hasSample ? sampleRows() : await syntheticRows();
    while (this.#rows.length < count) {
      const { done, value } = this.#source.next();
      if (done) break;
      if (isAccepted(value)) this.#rows.push(value);
    }
    return this.#rows;
  }
}

function* sampleRows() {
  const text = new TextDecoder('latin1').decode(gunzipSync(readFileSync(SAMPLE)));
  const [header, ...rows] = text.split(/\r?\n/);
  const names = cellsOf(header);
  for (const line of rows) {
    const cells = cellsOf(line);
    if (line !== '') yield Object.fromEntries(names.map((name, at) => [name, cells[at]]));
  }
}

/** The cells of a CSV line; the sample has no line break within quotes. */
function cellsOf(line) {
  if (!line.includes('"')) return line.split(',');
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(cells, ([, quotedCell, cell]) => quotedCell?.replaceAll('""', '"') ?? cell);
}

async function syntheticRows() {
  const { generateLines } = await import('../dist/cli/shop.js');
  return (function* () {
    // Of twelve digits the first six are the shop's; without them there is room for those of `#take` and of the clients.
    for (const { item } of generateLines(1)) {
      yield { ...item, InvoiceNo: String(item.InvoiceNo).replace(/\d{6}(?=\d{6}$)/, '') };
    }
  })();
}

const isAccepted = (row) => parseItem(row, { dateOrder: 'mdy' }).ok;

const canonical = (row) => encodeItem(parseItem(row, { dateOrder: 'mdy' }).item);

const quoted = (value) => {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const SPELLINGS = {
  csv: (row) => ITEM_FIELDS.map((field) => quoted(row[field])).join(','),
  ndjson: ({ InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country }) =>
    JSON.stringify({
      InvoiceNo,
      StockCode,
      Description: Description === '' ? null : Description,
      Quantity: Number(Quantity),
      InvoiceDate,
      UnitPrice: Number(UnitPrice),
      CustomerID: CustomerID ? Number(CustomerID) : null,
      Country,
    }),
  canonical,
  mixed: canonical,
};

/** Each next line is one of a random open cart; a cart that is done makes room for the next one. */
function mixed(rows) {
  const carts = cartsOf(rows);
  const random = randomFrom(1);
  const open = carts.splice(0, CARTS_AT_ONCE).map((cart) => cart.values());
  const lines = [];
  while (open.length > 0) {
    const at = Math.floor(random() * open.length);
    const { done, value } = open[at].next();
    if (!done) lines.push(value);
    else if (carts.length > 0) open[at] = carts.shift().values();
    else open.splice(at, 1);
  }
  return lines;
}

function cartsOf(rows) {
  const carts = new Map();
  for (const row of rows) {
    const cart = carts.get(row.InvoiceNo);
    if (cart === undefined) carts.set(row.InvoiceNo, [row]);
    else cart.push(row);
  }
  return [...carts.values()];
}
