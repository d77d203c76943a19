import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getConnectionToken } from '@nestjs/mongoose';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { PartModule } from '../../src/part.module.js';
import { ReplayClaims, StoreIndexes, StoreModule } from '../../src/store/index.js';
import { testSettings } from '../helpers/app.js';

let context: INestApplicationContext;
let claims: ReplayClaims;
beforeAll(async () => {
  context = await NestFactory.createApplicationContext(PartModule.of(testSettings(), StoreModule), {
    logger: false,
    abortOnError: false,
  });
  await context.get(StoreIndexes).ensure();
  claims = context.get(ReplayClaims);
});
afterAll(async () => {
  await context.get<Connection>(getConnectionToken()).dropDatabase();
  await context.close();
});

it('each attempt has a claim of its own, which no other one ends or drops', async () => {
  const claimed = { letterId: 't:0:7', invoiceNo: '536365' };
  const [first = ''] = await claims.begin([claimed], 60_000);
  const [second = '', other = ''] = await claims.begin([claimed, { letterId: 't:0:8', invoiceNo: 'C1' }], 60_000);
  const pending = async () => (await claims.of([claimed.letterId])).map(({ isPending }) => isPending).sort();
  expect(await pending()).toEqual([true, true]);

  await claims.end([second]);
  expect(await pending()).toEqual([false, true]);
  await claims.drop([second, other]);
  expect(await pending()).toEqual([true]);
  expect(await claims.of(['t:0:8'])).toEqual([]);
  await claims.end([first]);
  expect(await claims.of([claimed.letterId])).toEqual([{ ...claimed, isPending: false }]);
});

it('a claim that nobody has ended ends by itself', async () => {
  await claims.begin([{ letterId: 't:1:1', invoiceNo: '1' }], 0);
  await new Promise((resume) => setTimeout(resume, 5));
  expect(await claims.of(['t:1:1'])).toEqual([{ letterId: 't:1:1', invoiceNo: '1', isPending: false }]);
});
