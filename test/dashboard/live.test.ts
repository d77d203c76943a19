import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Regions } from '../../src/dashboard/live/regions.js';
import { Viewer } from '../../src/dashboard/live/viewer.js';
import { PipelineSource, type PipelineView } from '../../src/dashboard/pipeline-source.js';
import { type SeededApp, startSeededApp } from './seeded-app.js';

const source = { looks: 0, lag: 0 };

class CountedPipeline extends PipelineSource {
  snapshot(): Promise<PipelineView> {
    source.looks += 1;
    return Promise.resolve({
      partitions: [
        { topic: 'ingestion-topic', partition: 0, endOffset: 90, storeOffset: 90, outputOffset: 90, lag: source.lag },
      ],
      batches: [],
      deadLetters: 0,
      rates: { eventsInPerSecond: 0, eventsOutPerSecond: 0, batchesPerSecond: 0 },
      engines: { kafka: { state: 'up' }, store: { state: 'up' } },
    });
  }
}

@Global()
@Module({ providers: [{ provide: PipelineSource, useClass: CountedPipeline }], exports: [PipelineSource] })
class PipelineModule {}

/** One open stream, as a browser reads it. */
class Watcher {
  private readonly reader: ReadableStreamDefaultReader<string>;
  private rest = '';

  private constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    if (response.body === null) throw new Error('no body');
    this.reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Watcher> {
    const abort = new AbortController();
    const response = await fetch(`${url}/dashboard/pipeline/events`, { headers, signal: abort.signal });
    return new Watcher(response, abort);
  }

  /** The next event, null at the end. */
  async next(): Promise<{ id: string; regions: Record<string, string> } | null> {
    for (;;) {
      const [block, ...others] = this.rest.split('\n\n');
      if (block !== undefined && others.length > 0) {
        this.rest = others.join('\n\n');
        const [, id] = /^id: (.*)$/m.exec(block) ?? [];
        const [, data] = /^data: (.*)$/m.exec(block) ?? [];
        if (id !== undefined && data !== undefined) return { id, regions: JSON.parse(data) as Record<string, string> };
        continue;
      }
      const { value, done } = await this.reader.read();
      if (done) return null;
      this.rest += value;
    }
  }

  close(): void {
    this.abort.abort();
  }
}

describe('the stream of the pipeline', () => {
  let seeded: SeededApp;
  let url: string;
  let watchers: Watcher[] = [];
  const watch = async (headers?: Record<string, string>) => {
    const watcher = await Watcher.open(url, headers);
    watchers.push(watcher);
    return watcher;
  };

  beforeEach(async () => {
    Object.assign(source, { looks: 0, lag: 3 });
    seeded = await startSeededApp({ modules: [PipelineModule] });
    url = await seeded.app.getUrl();
  });
  afterEach(async () => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
    await seeded.close();
  });

  it('begins with everything, then has only what changes', async () => {
    const watcher = await watch();
    expect(watcher.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(watcher.response.headers.get('cache-control')).toBe('no-store');
    const first = await watcher.next();
    expect(Object.keys(first?.regions ?? {}).sort()).toEqual([
      ...['pipeline-batches', 'pipeline-faults', 'pipeline-flow', 'pipeline-partitions'],
    ]);
    source.lag = 4_711;
    let changed = await watcher.next();
    // The first lines of the charts come with the second look.
    while (changed?.regions['pipeline-flow']?.includes('4,711') === false) changed = await watcher.next();
    expect(changed?.regions['pipeline-partitions']).toContain('4,711');
    expect(changed?.regions).not.toHaveProperty('pipeline-batches');
  });

  it('goes on after a lost connection from where it was, and starts anew for an id of another start', async () => {
    const before = await watch();
    const first = await before.next();
    before.close();
    source.lag = 4_711;
    const after = await watch({ 'last-event-id': first?.id ?? '' });
    const missed = await after.next();
    expect(missed?.regions).not.toHaveProperty('pipeline-batches');
    expect(missed?.id).not.toBe(first?.id);
    const stranger = await watch({ 'last-event-id': 'abc-1' });
    expect((await stranger.next())?.regions).toHaveProperty('pipeline-batches');
  });

  it('looks at the engines as often for forty pages as for one, and not at all for none', async () => {
    const [one] = await Promise.all(Array.from({ length: 40 }, () => watch()));
    await one?.next();
    const [looks, sinceMs] = [source.looks, performance.now()];
    for (let n = 1; n <= 3; n++) {
      source.lag += 1;
      await one?.next();
    }
    const seconds = (performance.now() - sinceMs) / 1_000;
    expect(source.looks - looks).toBeLessThanOrEqual(Math.ceil(seconds / 0.7) + 1);
    for (const watcher of watchers) watcher.close();
    // Looks go on for as long as it takes to see that everybody has gone.
    let seen = -1;
    while (seen !== source.looks) {
      seen = source.looks;
      await new Promise((resume) => setTimeout(resume, 1_500));
    }
  });

  it('answers a HEAD with its headers alone', async () => {
    const answer = await fetch(`${url}/dashboard/pipeline/events`, { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
  });

  it('ends at once when the application stops', async () => {
    const open = await Promise.all(Array.from({ length: 5 }, () => watch()));
    for (const watcher of open) await watcher.next();
    const startedAtMs = performance.now();
    await seeded.close();
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    for (const watcher of open) {
      let event = await watcher.next();
      while (event !== null) event = await watcher.next();
    }
    await expect(fetch(`${url}/dashboard/pipeline/events`)).rejects.toThrow(/./);
    seeded = await startSeededApp({ modules: [PipelineModule] });
  });
});

describe('a viewer who does not read', () => {
  it('is sent nothing more until it has read, and then the newest alone', () => {
    const written: string[] = [];
    const response = Object.assign(new EventEmitter(), {
      isFull: false,
      write(text: string) {
        written.push(text);
        return !response.isFull;
      },
    });
    const regions = new Regions();
    const viewer = new Viewer(response as unknown as ServerResponse, -1, (since) => regions.eventSince(since));
    response.isFull = true;
    regions.update({ flow: 'one' });
    viewer.tell();
    for (const text of ['two', 'three', 'four']) {
      regions.update({ flow: text });
      viewer.tell();
    }
    expect(written.join('')).not.toMatch(/two|three|four/);
    response.isFull = false;
    response.emit('drain');
    expect(written.filter((text) => text.startsWith('id:'))).toEqual([
      expect.stringContaining('{"flow":"one"}'),
      expect.stringContaining('{"flow":"four"}'),
    ]);
    response.emit('close');
  });
});
