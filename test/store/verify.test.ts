import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { PartModule } from '../../src/part.module.js';
import { generateLines } from '../../src/cli/shop.js';
import type { Settings } from '../../src/config.js';
import {
  decodeDelta,
  encodeDelta,
  foldBatch,
  type FoldRecord,
  parseItem,
  type PeriodTally,
} from '../../src/invoice/index.js';
import {
  BatchWriter,
  Checkpoints,
  InvoiceMemory,
  OwnerSessions,
  StoreIndexes,
  StoreModule,
  type StorePosition,
  Verifier,
} from '../../src/store/index.js';
import { testSettings } from '../helpers/app.js';

const { Decimal128 } = mongoose.Types;
type Document = Record<string, unknown> & { _id: string };

describe('verify', () => {
  let store: Filled;
  beforeAll(async () => {
    store = await Filled.open();
    await store.apply(1_100, 50);
    await store.apply(1_200, 1_200);
  });
  afterAll(() => store.close());

  it('finds no difference in what micro-batches have written, and says what it has looked at', async () => {
    const { faults, figures } = await store.verify();
    expect(faults).toEqual([]);
    expect(figures.lines).toBe(store.stored);
    expect(figures.batches).toBe(store.batches);
    expect(figures.invoices).toBeGreaterThan(20);
    expect(figures.summaries).toBeGreaterThanOrEqual(9);
  });

  const inc = (amount: number) => (value: unknown) => Number(value) + amount;
  type Line = Record<string, unknown>;
  const lines = (change: (lines: Line[]) => Line[]) => (value: unknown) => change([...(value as Line[])]);
  const firstLine = (change: Line) => lines(([first, ...others]) => [{ ...first, ...change }, ...others]);

  it.each<[string, string, string, (value: unknown) => unknown, RegExp]>([
    [
      'a total',
      'invoices',
      'total',
      () => Decimal128.fromString('0.01'),
      /^invoice (\w+): total is 0\.01, its lines give -?\d+\.\d\d/,
    ],
    ['a total that is no exact money', 'invoices', 'total', () => 12.5, /total is not exact money$/],
    ['a line count', 'invoices', 'lineCount', inc(1), /lineCount is \d+, it has \d+ lines/],
    ['the units', 'invoices', 'units', inc(-1), /units is -?\d+, its lines give/],
    ['the kind', 'invoices', 'kind', () => 'adjustment', /kind is adjustment, its number says/],
    ['the country', 'invoices', 'country', () => 'Atlantis', /summary \S+: country .*Atlantis/],
    [
      'an amount',
      'invoices',
      'lines',
      firstLine({ amount: Decimal128.fromString('9999.99') }),
      /line 1: amount is 9999\.99, quantity by price gives/,
    ],
    ['a quantity', 'invoices', 'lines', firstLine({ quantity: 77_777 }), /amount is .*, quantity by price gives/],
    [
      'a line that is stored twice',
      'invoices',
      'lines',
      lines((all) => [...all, ...all.slice(0, 1)]),
      /event id \S+ stands in the invoice twice/,
    ],
    [
      'a position that is stored twice',
      'invoices',
      'lines',
      lines((all) => [...all, { ...all[0], eventId: 'other' }]),
      /position \d:\d+ is stored twice/,
    ],
    [
      'a line that is gone',
      'invoices',
      'lines',
      lines((all) => all.slice(0, -1)),
      /^batch \d+ of partition \d: says \d+ lines stored, the invoices have \d+/,
    ],
    ['lines that cannot be read', 'invoices', 'lines', () => null, /^invoice \w+: cannot be read/],
    ['the sums of a batch', 'batches', 'duplicates', inc(1), /^batch \d+ of partition \d: has \d+ records, but/],
    [
      'the records of a batch',
      'batches',
      'records',
      inc(1),
      /^batch 1 of partition \d: has \d+ records in \d+ offsets/,
    ],
    [
      'the end of a batch',
      'batches',
      'toOffset',
      inc(1),
      /^batch 2 .*: begins at offset \d+, the batch before it ended at/,
    ],
    ['a checkpoint', 'checkpoints', 'nextOffset', inc(-1), /: its last batch ends at \d+, its checkpoint says \d+$/],
    [
      'the batch of a checkpoint',
      'checkpoints',
      'batchNumber',
      inc(1),
      /: its last batch is \d+, its checkpoint says \d+$/,
    ],
    ['the head of a summary', 'summaries', 'lines', inc(1), /^summary \S+\/\d: lines is \d+, its breakdown says \d+/],
    [
      'the breakdown of a summary',
      'summaries',
      'breakdown',
      (text) => moreRevenue(text),
      /^summary \S+: (country|product|customer) .*: revenue is/,
    ],
    [
      'the cancellations of a summary',
      'summaries',
      'breakdown',
      (text) => changed(text, (period) => (period.cancellations += 1)),
      /^summary \S+: cancellations is \d+, the lines give \d+$/,
    ],
    ['a delta that cannot be read', 'summaryDeltas', 'delta', () => '{', /^summary delta \S+: cannot be read$/],
    ['a summary that cannot be read', 'summaries', 'breakdown', () => '{', /its breakdown cannot be read$/],
    [
      'a delta that waits in a checkpoint',
      'checkpoints',
      'delta',
      (text) => moreRevenue(text),
      /^summary all: revenue is/,
    ],
    ['a delta that waits', 'summaryDeltas', 'delta', (text) => moreRevenue(text), /^summary all: revenue is/],
  ])('names %s that is wrong', async (_, collection, field, change, message) => {
    const { faults } = await store.whileChanged(collection, field, change);
    expect(faults.join('\n')).toMatch(new RegExp(message.source, 'm'));
  });

  it.each([
    ['an invoice', 'invoices', /^batch \d+ of partition/],
    ['a batch', 'batches', /^batch 2 of partition \d: comes after batch 0$/],
    ['a summary', 'summaries', /^summary \S+: revenue is/],
    ['a delta', 'summaryDeltas', /^summary \S+: revenue is/],
    ['a checkpoint', 'checkpoints', /^partition \d: has stored lines, but no checkpoint/],
  ])('misses %s that is gone', async (_, collection, message) => {
    const { faults } = await store.whileGone(collection);
    expect(faults.join('\n')).toMatch(new RegExp(message.source, 'm'));
  });

  it('names a record that is a line and a dead letter', async () => {
    // Lines have a partition of their own only where it is another one than their invoice's.
    const { partition, lines } = await store.sample('invoices');
    const [line] = lines as { offset: number }[];
    const { faults } = await store.whileSet('deadLetters', () => ({ partition, offset: line?.offset }));
    expect(faults.join('\n')).toMatch(/^dead letter \S+: is stored as a line as well$/m);
  });

  it('finds no difference while micro-batches go on', async () => {
    let running = true;
    const writing = (async () => {
      while (running) await store.apply(300, 60);
    })();
    const found = [];
    for (let round = 0; round < 4; round++) found.push((await store.verify()).faults);
    running = false;
    await writing;
    expect(found).toEqual([[], [], [], []]);
    expect((await store.verify()).faults).toEqual([]);
  });
});

/** A database of its own, written by the batch writer itself: duplicates, dead letters, compacted and waiting summaries. */
class Filled {
  stored = 0;
  batches = 0;
  private readonly shop = generateLines(42);
  private readonly positions: StorePosition[] = [];
  private constructor(
    private readonly context: INestApplicationContext,
    private readonly client: mongoose.mongo.MongoClient,
    private readonly settings: Settings,
  ) {}

  static async open(): Promise<Filled> {
    const given = testSettings();
    const settings = { ...given, processing: { ...given.processing, compactionDeltas: 3 } };
    const context = await NestFactory.createApplicationContext(PartModule.of(settings, StoreModule), {
      logger: false,
      abortOnError: false,
    });
    await context.get(StoreIndexes).ensure();
    const client = await new mongoose.mongo.MongoClient(settings.store.uri ?? '').connect();
    return new Filled(context, client, settings);
  }

  async close(): Promise<void> {
    await this.client.db(this.settings.store.database).dropDatabase();
    await this.client.close();
    await this.context.close();
  }

  /** Writes so many more lines of the shop, in micro-batches of this many. */
  async apply(count: number, batch: number): Promise<void> {
    for (let done = 0; done < count; done += batch) {
      const items = Array.from({ length: batch }, () => this.shop.next().value);
      for (const partition of [0, 1, 2]) {
        await this.write(
          partition,
          items.filter(({ item }) => Number(String(item['InvoiceNo']).replace(/\D/g, '')) % 3 === partition),
        );
      }
    }
  }

  async verify() {
    const figures = { invoices: 0, lines: 0, batches: 0, summaries: 0, differences: 0 };
    const faults: string[] = [];
    for await (const fault of this.context.get(Verifier).differences(figures)) faults.push(fault);
    expect(figures.differences).toBe(faults.length);
    return { faults, figures };
  }

  whileChanged(collection: string, field: string, change: (value: unknown) => unknown) {
    return this.whileSet(collection, (before) => ({ [field]: change(before[field]) }));
  }

  async whileSet(collection: string, change: (before: Document) => Record<string, unknown>) {
    const documents = this.documents(collection);
    const before = await this.sample(collection);
    await documents.updateOne({ _id: before._id }, { $set: change(before) });
    const found = await this.verify();
    await documents.replaceOne({ _id: before._id }, before);
    return found;
  }

  async whileGone(collection: string) {
    const before = await this.sample(collection);
    await this.documents(collection).deleteOne({ _id: before._id });
    const found = await this.verify();
    await this.documents(collection).insertOne(before);
    return found;
  }

  private async write(partition: number, lines: { item: Readonly<Record<string, unknown>> }[]): Promise<void> {
    const from = this.positions[partition] ?? (await this.context.get(Checkpoints).begin(partition, 0));
    const fromOffset = from.nextOffset;
    const records: FoldRecord[] = [];
    const deadLetters = lines.flatMap(({ item }, index) => {
      const offset = fromOffset + index;
      const verdict = parseItem(item, { dateOrder: 'mdy' });
      if (verdict.ok) records.push({ eventId: String(verdict.eventId), partition, offset, item: verdict.item });
      const letter = {
        reason: 'invalid-item',
        message: 'bad',
        topic: this.settings.kafka.ingestionTopic,
        partition,
        offset,
      };
      return verdict.ok
        ? []
        : [{ ...letter, errors: verdict.errors, timestampMs: 0, key: null, value: null, headers: [] }];
    });
    const invoiceNos = [...new Set(records.map(({ item }) => item.InvoiceNo))];
    const session = await this.context.get(OwnerSessions).take(partition);
    const { position, decision } = await this.context.get(BatchWriter).apply({
      partition,
      from,
      session,
      memory: new InvoiceMemory(),
      fromOffset,
      nextOffset: fromOffset + lines.length,
      startedAtMs: performance.now(),
      invoiceNos,
      decide: (stored) => {
        const fold = foldBatch(records, stored, this.settings.processing);
        const duplicates = fold.duplicateOf.size;
        return { fold, deadLetters, records: lines.length, stored: records.length - duplicates, duplicates };
      },
    });
    this.positions[partition] = position;
    this.stored += decision.stored;
    this.batches++;
  }

  async sample(collection: string): Promise<Document> {
    const where: Record<string, object> = { invoices: { kind: 'sale', lineCount: { $gt: 3 } }, batches: { number: 1 } };
    const found = await this.documents(collection).findOne(where[collection] ?? {});
    if (found === null) throw new Error(`${collection} is empty`);
    return found;
  }

  private documents(collection: string): mongoose.mongo.Collection<Document> {
    return this.client.db(this.settings.store.database).collection<Document>(collection);
  }
}

function moreRevenue(text: unknown): string {
  return changed(text, (period) => {
    period.revenue += 1n;
    for (const tally of period.products.values()) tally.revenue += 1n;
  });
}

function changed(text: unknown, change: (period: PeriodTally) => unknown): string {
  const delta = decodeDelta(String(text));
  for (const period of delta.values()) change(period);
  return encodeDelta(delta);
}
