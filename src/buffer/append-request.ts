import type { IHeaders, Message, RecordMetadata } from 'kafkajs';
import type { AppendQueue, Ticket } from './append-queue.js';
import type { Position } from './append-record.js';
import { BufferUnavailableError } from './errors.js';
import type { KeyPartitioner } from './key-partitioner.js';

/** The messages of all tickets in order, and for each its partition and its place among that partition's messages. */
export function layOut(tickets: Ticket[], partitioner: KeyPartitioner): { messages: Message[]; places: Position[] } {
  const messages: Message[] = [];
  const places: Position[] = [];
  const counts: number[] = [];
  // Most of a request came in within the same millisecond or two.
  let [writtenMs, written] = [NaN, ''];
  for (const { records } of tickets) {
    for (const { key, value, eventId, requestId, receivedAtMs, traceparent } of records) {
      const partition = partitioner.partitionOf(key);
      const offset = counts[partition] ?? 0;
      counts[partition] = offset + 1;
      places.push({ partition, offset });
      if (receivedAtMs !== writtenMs) [writtenMs, written] = [receivedAtMs, new Date(receivedAtMs).toISOString()];
      const headers: IHeaders = {
        'event-id': eventId,
        'received-at': written,
        'schema-version': '1',
        'request-id': requestId,
      };
      if (traceparent !== undefined) headers['traceparent'] = traceparent;
      messages.push({ key, value, partition, headers });
    }
  }
  return { messages, places };
}

/** Tells each ticket where its records lie. Throws before it tells any when Kafka did not say so of every record. */
export function acknowledge(
  tickets: Ticket[],
  places: readonly Position[],
  answers: readonly RecordMetadata[],
  queue: AppendQueue,
): void {
  const positions = positionsOf(places, answers);
  let at = 0;
  for (const ticket of tickets) {
    queue.acknowledge(ticket, positions.slice(at, at + ticket.records.length));
    at += ticket.records.length;
  }
}

/**
 * The broker says where each partition's batch begins. kafkajs leaves out, without a word, the messages for a partition
 * that its own metadata does not know yet, as after partitions were added: those count as not acknowledged.
 */
export function positionsOf(places: readonly Position[], answers: readonly RecordMetadata[]): Position[] {
  const bases = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
  return places.map(({ partition, offset }) => {
    const base = bases.get(partition);
    if (base === undefined) throw new BufferUnavailableError(`Kafka said nothing of partition ${partition}`);
    return { partition, offset: base + offset };
  });
}
