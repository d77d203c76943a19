import { expect, it } from '@jest/globals';
import { emptyPeriod, encodeDelta, type PeriodTally } from '../../src/invoice/index.js';
import { PeriodTallies } from '../../src/store/period-tallies.js';
import { PeriodTexts } from '../../src/store/period-texts.js';
import type { SummaryDocuments } from '../../src/store/summary-documents.js';
import type { Head } from '../../src/store/summary-parts.js';

const sums = (lines: number) => ({ revenue: BigInt(lines), lines, units: lines, invoices: 0 });

/** A period in which a product was sold so many times, and what it was called then. */
function sold(lines: number, description: string | null): PeriodTally {
  return { ...emptyPeriod(), ...sums(lines), products: new Map([['P', { ...sums(lines), description }]]) };
}

/** A store with the summaries, by partition, of one month; and the ids that were read from it. */
function storeOf(summaries: { version: number; tally: PeriodTally }[]) {
  const reads: string[] = [];
  const documents = {
    async *readTexts(ids: readonly string[]) {
      await Promise.resolve();
      for (const [partition, { version, tally }] of summaries.entries()) {
        const _id = `2010-12/${partition}`;
        if (!ids.includes(_id)) continue;
        reads.push(_id);
        yield { _id, version, texts: [encodeDelta(new Map([['2010-12', tally]]))] };
      }
    },
  } as unknown as SummaryDocuments;
  const tallies = new PeriodTallies(new PeriodTexts(documents));
  const read = () => {
    const heads = summaries.map(({ version }, partition) => {
      return { _id: `2010-12/${partition}`, period: '2010-12', partition, version } as Head;
    });
    return tallies.read(heads, new Set(['2010-12']));
  };
  return { reads, read };
}

it('a month is the sum of its partitions, kept until one of them is compacted again', async () => {
  const summaries = [
    { version: 1, tally: sold(1, null) },
    { version: 1, tally: sold(2, 'LANTERN') },
    { version: 1, tally: sold(4, 'LAMP') },
  ];
  const { reads, read } = storeOf(summaries);
  const [first] = await read();
  expect(first).toEqual(sold(7, 'LANTERN'));
  expect((await read())[0]).toBe(first);
  expect(reads).toEqual(['2010-12/0', '2010-12/1', '2010-12/2']);

  summaries[1] = { version: 2, tally: sold(10, 'LANTERN') };
  expect(await read()).toEqual([sold(15, 'LANTERN')]);
  expect(reads.slice(3)).toEqual(['2010-12/1']);
  expect(first).toEqual(sold(7, 'LANTERN'));
});

it('a month in which one partition more has lines is added up anew', async () => {
  const summaries = [{ version: 1, tally: sold(1, 'LAMP') }];
  const { read } = storeOf(summaries);
  await read();
  summaries.push({ version: 1, tally: sold(2, 'LAMP') });
  expect(await read()).toEqual([sold(3, 'LAMP')]);
});
