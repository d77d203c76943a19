import type { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import { firstValueFrom, isObservable } from 'rxjs';
import type { MicroBatch, Verdict } from './micro-batch.js';

/** Hands a micro-batch to its handler. Never rejects: a fault in the handler is ours, and stops the partition. */
export async function handOver(
  batch: MicroBatch,
  handler: MessageHandler | undefined,
  logger: Pick<Logger, 'error'>,
): Promise<Verdict> {
  if (handler === undefined) return { kind: 'stop', reason: `no handler for ${batch.topic}` };
  try {
    const answer: unknown = await handler(batch);
    return (isObservable(answer) ? await firstValueFrom(answer) : answer) as Verdict;
  } catch (error) {
    logger.error(error);
    return { kind: 'stop', reason: 'a fault in docstream itself; its log has the details' };
  }
}
