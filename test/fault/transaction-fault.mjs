// Loaded into docstream before anything else: once a file is there, no transaction of the store is ended any more.
import { existsSync } from 'node:fs';
import mongodb from 'mongodb';

const { prototype } = mongodb.ClientSession;
const { commitTransaction } = prototype;
prototype.commitTransaction = function (...args) {
  if (!existsSync(process.env.TEST_ORDER)) return commitTransaction.apply(this, args);
  process.stderr.write('stays in a transaction\n');
  return new Promise(() => undefined);
};
