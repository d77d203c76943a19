import { afterAll, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { StoreUnavailableError } from '../../src/store/errors.js';
import { StoreIndexes } from '../../src/store/store-indexes.js';
import { testSettings } from '../helpers/app.js';

const { store } = testSettings();
/** Nothing listens there. */
const nowhere = 'mongodb://127.0.0.1:1/?directConnection=true';
const options = { dbName: store.database, serverSelectionTimeoutMS: 300, autoCreate: false, autoIndex: false };
const connection = mongoose.createConnection(nowhere, options);
connection.model('Thing', new mongoose.Schema({ name: String }).index({ name: 1 }), 'things');
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

it('connects when it is asked again, after a first time at which the store was away', async () => {
  const indexes = new StoreIndexes(connection, { store: { ...store, uri: nowhere, timeoutMs: 300 } });
  for (let times = 0; times < 2; times += 1) await expect(indexes.ensure()).rejects.toThrow(StoreUnavailableError);

  const again = new StoreIndexes(connection, { store });
  await expect(again.ensure()).rejects.toThrow(StoreUnavailableError);
  await again.ensure();

  expect(await connection.collection('things').indexes()).toContainEqual(expect.objectContaining({ key: { name: 1 } }));
});
