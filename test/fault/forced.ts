import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { OutputSinks } from '../../src/buffer/index.js';
import { BatchWriter } from '../../src/store/index.js';

/** When a commit is to fail: before it began, or after it went through, as if its answer had been lost. */
export type Moment = 'never' | 'before' | 'after';

/** What runs instead of a commit; it may run the commit itself, at any time or never. */
export type Around = <T>(commit: () => Promise<T>, partition: number) => Promise<T>;

/** Puts `around` in the place of every transaction of the store. */
export function aroundStore(app: NestFastifyApplication, around: Around): void {
  const writer = app.get(BatchWriter);
  const apply = writer.apply.bind(writer);
  writer.apply = (write) => around(() => apply(write), write.partition);
}

/** Puts `around` in the place of every Kafka transaction. */
export function aroundOutput(app: NestFastifyApplication, around: Around): void {
  const sink = app.get(OutputSinks);
  const take = sink.take.bind(sink);
  // `takeClean` goes through it as well.
  sink.take = async (partition) => {
    const transaction = await take(partition);
    const commit = transaction.commit.bind(transaction);
    transaction.commit = (output) => around(() => commit(output), partition);
    return transaction;
  };
}

/** Makes transactions of the store fail as a passing failure does. */
export function failStore(app: NestFastifyApplication, moment: () => Moment): void {
  aroundStore(app, (commit) => failing(moment(), commit));
}

/** Makes Kafka transactions fail as a passing failure does. */
export function failOutput(app: NestFastifyApplication, moment: () => Moment): void {
  aroundOutput(app, (commit) => failing(moment(), commit));
}

async function failing<T>(moment: Moment, commit: () => Promise<T>): Promise<T> {
  if (moment === 'before') throw new ForcedError('forced before the commit');
  const result = await commit();
  if (moment === 'after') throw new ForcedError('forced after the commit');
  return result;
}

class ForcedError extends Error {
  readonly isRetriable = true;
}
