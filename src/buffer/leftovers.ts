import type { Kafka } from 'kafkajs';
import { askCluster, type HiddenCluster } from './hidden-cluster.js';

/** Where the transactions of an id may have written. */
export interface Leftovers {
  transactionalId: string;
  topics: string[];
  groupId: string;
}

/** kafkajs's number for it. */
const TRANSACTION_COORDINATOR = 1;
const TIMEOUT_MS = 60_000;

/**
 * Makes void what former transactions of the id left without a marker: an empty transaction over everything that they
 * may have written to is aborted. It fences whoever has the id open. Rejects with what Kafka answers, and takes no further
 * step once `over`: the id may have another owner by then.
 *
 * A broker that dies after it has decided on a transaction and before it has written the markers may forget them when it
 * starts again (seen with Kafka 4.3.1: "these partitions are likely deleted already and hence can be skipped"). The
 * records then lie there undecided, and would be committed by the next transaction of the same id, beside the same
 * records published again: docs/decisions/0019.
 */
export async function discardLeftovers(
  kafka: Kafka,
  { transactionalId, topics, groupId }: Leftovers,
  over: AbortSignal,
): Promise<void> {
  const done = await askCluster(kafka, async (cluster) => {
    const asked = { groupId: transactionalId, coordinatorType: TRANSACTION_COORDINATOR };
    const coordinator = await cluster.findGroupCoordinator(asked);
    over.throwIfAborted();
    const opened = await coordinator.initProducerId({ transactionalId, transactionTimeout: TIMEOUT_MS });
    const { producerId, producerEpoch } = opened;
    const transaction = { transactionalId, producerId, producerEpoch };
    await coordinator.addPartitionsToTxn({ ...transaction, topics: await partitionsOf(cluster, topics) });
    await coordinator.addOffsetsToTxn({ ...transaction, groupId });
    await coordinator.endTxn({ ...transaction, transactionResult: false });
    return true;
  });
  if (done === null) throw new Error('this kafkajs shows no cluster');
}

/**
 * All partitions of the topics. On this cluster and not on the process's admin connection, which would forget the leaders
 * of every other topic while others use it.
 */
async function partitionsOf(
  cluster: HiddenCluster,
  topics: string[],
): Promise<{ topic: string; partitions: number[] }[]> {
  await cluster.addMultipleTargetTopics(topics);
  return topics.map((topic) => {
    return { topic, partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId) };
  });
}
