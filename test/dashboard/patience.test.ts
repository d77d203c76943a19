import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Patience } from '../../src/dashboard/pages/patience.js';

/** A source whose every reading ends when the test says so. */
function source() {
  const asked: { answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const read = () =>
    new Promise<string>((answer, fail) => {
      asked.push({ answer, fail });
    });
  return { asked, read };
}

/** Lets values change: two different ones are read, before the moment that comes next. */
async function change(patience: Patience<string>, { asked }: Pick<ReturnType<typeof source>, 'asked'>) {
  for (const value of ['none', 'one']) {
    const reading = patience.ask('a');
    asked.at(-1)?.answer(value);
    await reading;
  }
  await jest.advanceTimersByTimeAsync(1);
}

const LIMITS = { patienceMs: 20, ageMsMax: 10_000, keysMax: 2 };
const soon = () => jest.advanceTimersByTimeAsync(60);

/** The clock stands still except where a test lets it go on, so that no busy machine makes a reading late. */
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** What is answered to the next question. Time passes until it is there, a millisecond at least. */
async function answered<T>(patience: Patience<T>, key = 'a') {
  let isThere = false;
  const answer = patience.ask(key).finally(() => (isThere = true));
  while (!isThere) await jest.advanceTimersByTimeAsync(1);
  return answer;
}

describe('patience', () => {
  it('waits for the first value however long it takes', async () => {
    const { asked, read } = source();
    const reading = new Patience(read, LIMITS).ask('a');
    await soon();
    asked[0]?.answer('one');
    expect(await reading).toMatchObject({ value: 'one', isFresh: true });
  });

  it('answers with a fresh value when that comes in time', async () => {
    let n = 0;
    const patience = new Patience(() => Promise.resolve(++n), LIMITS);
    expect(await answered(patience)).toMatchObject({ value: 1, isFresh: true });
    expect(await answered(patience)).toMatchObject({ value: 2, isFresh: true });
  });

  it('answers with the newest older value and its time when a fresh one is late, and reads on', async () => {
    const { asked, read } = source();
    const patience = new Patience(read, LIMITS);
    await change(patience, { asked });
    const { at, ...older } = await answered(patience);
    expect(older).toEqual({ value: 'one', isFresh: false });
    expect((await answered(patience)).at).toEqual(at);
    asked[2]?.answer('two');
    await soon();
    expect(await answered(patience)).toMatchObject({ value: 'two', isFresh: false });
  });

  it('lets at most one reading of a key run and one wait, however many ask', async () => {
    const { asked, read } = source();
    const patience = new Patience(read, LIMITS);
    const all = Promise.all(Array.from({ length: 40 }, () => patience.ask('a')));
    await soon();
    expect(asked).toHaveLength(1);
    asked[0]?.answer('one');
    await soon();
    expect(asked).toHaveLength(2);
    asked[1]?.answer('two');
    const values = (await all).map(({ value }) => value);
    expect([values[0], values[39]]).toEqual(['one', 'two']);
    expect(asked).toHaveLength(2);
  });

  it('lets a slow reading rest for three times as long before the next one', async () => {
    let readings = 0;
    const patience = new Patience(
      () =>
        new Promise<number>((answer) => {
          setTimeout(answer, 50, ++readings);
        }),
      LIMITS,
    );
    await answered(patience);
    const beganMs = performance.now();
    const answers = [];
    while (performance.now() - beganMs < 1_000) answers.push(await answered(patience));
    expect(answers[0]).toMatchObject({ value: 2, isFresh: true });
    expect(answers[1]).toMatchObject({ value: 2, isFresh: false });
    expect([...new Set(answers.map(({ value }) => value))]).toEqual([2, 3, 4, 5, 6]);
    expect(readings).toBe(6);
  });

  it('does not rest after the first reading, and is fresh again as soon as readings are quick', async () => {
    const tookMs = [300, 0, 500, 0];
    const patience = new Patience(
      () =>
        new Promise<number>((answer) => {
          setTimeout(answer, tookMs.shift(), tookMs.length);
        }),
      { ...LIMITS, patienceMs: 200 },
    );
    expect(await answered(patience)).toMatchObject({ value: 3, isFresh: true });
    expect(await answered(patience)).toMatchObject({ value: 2, isFresh: true });
    expect(await answered(patience)).toMatchObject({ value: 2, isFresh: false });
    await jest.advanceTimersByTimeAsync(500);
    expect(await answered(patience)).toMatchObject({ value: 1, isFresh: false });
    await jest.advanceTimersByTimeAsync(2_500);
    expect(await answered(patience)).toMatchObject({ value: 0, isFresh: true });
  });

  it('waits for a fresh value however long it takes while nothing changes, and does not rest after it', async () => {
    const { asked, read } = source();
    const patience = new Patience(read, LIMITS);
    for (let turn = 0; turn < 3; turn++) {
      const reading = patience.ask('a');
      await soon();
      expect(asked).toHaveLength(turn + 1);
      asked[turn]?.answer('one');
      expect(await reading).toMatchObject({ value: 'one', isFresh: true });
    }
  });

  it('rests no longer than leaves time for the next reading before the last value is too old', async () => {
    let n = 0;
    const patience = new Patience(
      () =>
        new Promise<number>((answer) => {
          setTimeout(answer, 200, ++n);
        }),
      { ...LIMITS, ageMsMax: 700 },
    );
    await answered(patience);
    await answered(patience);
    const waitedMs: number[] = [];
    for (const beganMs = performance.now(); performance.now() - beganMs < 2_000;) {
      const askedMs = performance.now();
      await answered(patience);
      waitedMs.push(performance.now() - askedMs);
    }
    expect(n).toBeGreaterThan(3);
    expect(Math.max(...waitedMs)).toBeLessThanOrEqual(LIMITS.patienceMs);
  });

  describe('while values flow', () => {
    const FLOW_AGE_MS = 1_000;

    /** Three changes of what takes so long to read each, the last of them just now. */
    async function flowing(tookMs: () => number) {
      const state = { readings: 0, error: null as Error | null };
      const read = () =>
        new Promise<number>((answer, fail) => {
          const { error } = state;
          state.readings += 1;
          setTimeout(() => {
            if (error === null) answer(state.readings);
            else fail(error);
          }, tookMs());
        });
      const patience = new Patience(read, LIMITS);
      for (let n = 0; n < 4; n++) await answered(patience);
      return { patience, state };
    }

    /** What is answered without any waiting; undefined: nothing is. */
    async function atOnce(patience: Patience<number>) {
      const nothing = Promise.resolve().then(() => undefined);
      return Promise.race([patience.ask('a'), nothing.then(() => nothing)]);
    }

    it('answers with a young value at once, and reads the next one behind it', async () => {
      const { patience, state } = await flowing(() => 10);
      expect(await atOnce(patience)).toMatchObject({ value: 4, isFresh: false });
      expect(state.readings).toBe(5);
      expect(await atOnce(patience)).toMatchObject({ value: 4, isFresh: false });
      expect(state.readings).toBe(5);
      await jest.advanceTimersByTimeAsync(10);
      expect(await atOnce(patience)).toMatchObject({ value: 5, isFresh: false });
    });

    it('waits for a fresh value when the older one is not young', async () => {
      const { patience } = await flowing(() => 10);
      await jest.advanceTimersByTimeAsync(FLOW_AGE_MS);
      expect(await answered(patience)).toMatchObject({ value: 5, isFresh: true });
    });

    it('is over when there were no three changes in five seconds', async () => {
      const { patience } = await flowing(() => 10);
      await jest.advanceTimersByTimeAsync(5_000);
      expect(await answered(patience)).toMatchObject({ value: 5, isFresh: true });
      expect(await answered(patience)).toMatchObject({ value: 6, isFresh: true });
    });

    it('does not fail while the value is young because a reading behind it does', async () => {
      const { patience, state } = await flowing(() => 10);
      state.error = new Error('no store');
      for (let n = 0; n < 3; n++) {
        expect(await atOnce(patience)).toMatchObject({ value: 4, isFresh: false });
        await jest.advanceTimersByTimeAsync(20);
      }
      expect(state.readings).toBe(7);
    });
  });

  it('waits for a fresh value when the older one is too old', async () => {
    const { asked, read } = source();
    const patience = new Patience(read, { ...LIMITS, ageMsMax: 1 });
    await change(patience, { asked });
    await soon();
    const second = patience.ask('a');
    await soon();
    asked[2]?.answer('two');
    expect(await second).toMatchObject({ value: 'two', isFresh: true });
  });

  it('fails as the reading does where there is nothing to fall back on, and recovers', async () => {
    const { asked, read } = source();
    const patience = new Patience(read, LIMITS);
    const first = patience.ask('a');
    asked[0]?.fail(new Error('no store'));
    await expect(first).rejects.toThrow('no store');
    const second = patience.ask('a');
    asked[1]?.answer('one');
    expect(await second).toMatchObject({ value: 'one', isFresh: true });
  });

  it('falls back on a young value when the reading fails, at once or late, and on none that is too old', async () => {
    const { asked, read } = source();
    const patience = new Patience(read, { ...LIMITS, ageMsMax: 3_000 });
    await change(patience, { asked });
    const second = patience.ask('a');
    asked[2]?.fail(new Error('no store'));
    expect(await second).toMatchObject({ value: 'one', isFresh: false });
    expect(await answered(patience)).toMatchObject({ value: 'one', isFresh: false });
    asked[3]?.fail(new Error('no store'));
    await jest.advanceTimersByTimeAsync(3_200);
    const late = patience.ask('a');
    asked[4]?.fail(new Error('no store'));
    await expect(late).rejects.toThrow('no store');
  });

  it('names the moment at which the reading began', async () => {
    const { asked, read } = source();
    const patience = new Patience(read, LIMITS);
    const first = patience.ask('a');
    const beganMs = Date.now();
    await soon();
    asked[0]?.answer('one');
    expect((await first).at.getTime()).toBeLessThanOrEqual(beganMs);
  });

  it('forgets what was asked for longest ago beyond its limit', async () => {
    const keys: string[] = [];
    const patience = new Patience((key) => {
      keys.push(key);
      return keys.length > 6 ? new Promise<string>(() => undefined) : Promise.resolve(`${key} ${keys.length}`);
    }, LIMITS);
    for (const key of ['a', 'a', 'b', 'b', 'c', 'c']) await answered(patience, key);
    expect(await answered(patience, 'b')).toMatchObject({ value: 'b 4', isFresh: false });
    const forgotten = await Promise.race([patience.ask('a'), soon().then(() => 'waits')]);
    expect(forgotten).toBe('waits');
  });
});
