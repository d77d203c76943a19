import { describe, expect, it } from '@jest/globals';
import { AppendQueue } from '../../src/buffer/append-queue.js';
import type { AppendRecord } from '../../src/buffer/append-record.js';

const WINDOW_BYTES = 4_000_000;

const record = (name: string, bytes = 100): AppendRecord => ({
  key: 'k',
  value: name.padEnd(bytes),
  eventId: name,
  requestId: 'r',
  receivedAtMs: 0,
});
const names = (tickets: { records: readonly AppendRecord[] }[]) =>
  tickets.map(({ records }) => records[0]?.eventId ?? '');

async function fill(queue: AppendQueue): Promise<void> {
  for (let n = 0; queue.bytes + 250_000 <= WINDOW_BYTES / 2; n++) await queue.wait([record(`s${n}`, 240_000)], 1_000);
}

describe('the window of unacknowledged records', () => {
  it('takes posts while streams wait for room', async () => {
    const queue = new AppendQueue(WINDOW_BYTES);
    await fill(queue);
    const late = queue.wait([record('late', 240_000)], 20);
    expect(queue.offer(record('post'))).not.toBeNull();
    await expect(late).rejects.toThrow('no room');
  });

  it('sends posts before what streams have queued, and something of the streams each time', async () => {
    const queue = new AppendQueue(WINDOW_BYTES);
    await fill(queue);
    for (let n = 0; n < 3_000; n++) queue.offer(record(`p${n}`));
    const first = names(queue.take());
    expect(first.slice(0, 2)).toEqual(['p0', 'p1']);
    expect(first.filter((name) => name.startsWith('s'))).toEqual(['s0']);
    const second = names(queue.take());
    expect(second[0]).toBe(`p${first.length - 1}`);
    expect(second.at(-1)).toBe('s1');
  });

  it('holds no more posts than its half, and takes more once some are acknowledged', () => {
    const queue = new AppendQueue(WINDOW_BYTES);
    let posts = 0;
    while (queue.offer(record(`p${posts}`, 10_000)) !== null) posts += 1;
    expect(queue.bytes).toBeLessThanOrEqual(WINDOW_BYTES / 2);
    expect(queue.bytes).toBeGreaterThan(WINDOW_BYTES / 2 - 20_000);
    for (const ticket of queue.take()) queue.acknowledge(ticket, []);
    expect(queue.offer(record('again', 10_000))).not.toBeNull();
  });

  it('has the room of a request once, also when it is acknowledged after its time was over', async () => {
    const queue = new AppendQueue(WINDOW_BYTES);
    const acknowledged = queue.offer(record('late', 10_000))?.acknowledged;
    for (const ticket of queue.take()) {
      queue.fail(ticket, new Error('too late'));
      queue.acknowledge(ticket, []);
    }
    await expect(acknowledged).rejects.toThrow('too late');
    expect(queue.bytes).toBe(0);
  });

  it('counts bytes, whatever a character takes', () => {
    const queue = new AppendQueue(WINDOW_BYTES);
    for (let n = 0; n < 300; n += 1) queue.offer({ ...record(`p${n}`), value: '茶'.repeat(1_000) });
    const bytes = queue.take().length * 3_000;
    expect(bytes).toBeGreaterThan(400_000);
    expect(bytes).toBeLessThan(700_000);
  });

  it('gives streams room in the order in which they came', async () => {
    const queue = new AppendQueue(WINDOW_BYTES);
    await fill(queue);
    const order: string[] = [];
    const waiting = ['a', 'b', 'c'].map((name) =>
      queue.wait([record(name, 240_000)], 1_000).then(() => order.push(name)),
    );
    while (queue.hasStreams && order.length < 3) {
      for (const ticket of queue.take()) queue.acknowledge(ticket, []);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('lets a ticket that is larger than the half go alone', async () => {
    const queue = new AppendQueue(1_000_000);
    await queue.wait([record('large', 700_000)], 10);
    await expect(queue.wait([record('more', 10)], 10)).rejects.toThrow('no room');
    expect(names(queue.take())).toEqual(['large']);
  });
});
