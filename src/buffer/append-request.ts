import type { Message, RecordMetadata } from 'kafkajs';
import type { AppendQueue, Ticket } from './append-queue.js';
import type { Position } from './append-record.js';
import type { KeyPartitioner } from './key-partitioner.js';

/** The messages of all tickets in order, and for each its partition and its place among that partition's messages. */
export function layOut(tickets: Ticket[], partitioner: KeyPartitioner): { messages: Message[]; places: Position[] } {
  const messages: Message[] = [];
  const places: Position[] = [];
  const counts: number[] = [];
  for (const { records } of tickets) {
    for (const { key, value, eventId, requestId, receivedAtMs } of records) {
      const partition = partitioner.partitionOf(key);
      const offset = counts[partition] ?? 0;
      counts[partition] = offset + 1;
      places.push({ partition, offset });
      messages.push({
        key,
        value,
        partition,
        headers: {
          'event-id': eventId,
          'received-at': new Date(receivedAtMs).toISOString(),
          'schema-version': '1',
          'request-id': requestId,
        },
      });
    }
  }
  return { messages, places };
}

/** Tells each ticket where its records lie: the broker says where each partition's batch begins. */
export function acknowledge(
  tickets: Ticket[],
  places: Position[],
  answers: RecordMetadata[],
  queue: AppendQueue,
): void {
  const bases = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
  let at = 0;
  for (const ticket of tickets) {
    const positions = places.slice(at, at + ticket.records.length);
    at += ticket.records.length;
    for (const place of positions) place.offset += bases.get(place.partition) ?? Number.NaN;
    queue.acknowledge(ticket, positions);
  }
}
