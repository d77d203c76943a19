import { expect, it, jest } from '@jest/globals';
import type { Replayer } from '../../src/buffer/index.js';
import { DeadLetterReplay } from '../../src/ops/replay/dead-letter-replay.js';
import type { SoleInvoice } from '../../src/ops/replay/sole-invoice.js';
import type { DeadLetterDesk, KeptDeadLetter } from '../../src/store/index.js';
import { testSettings } from '../helpers/app.js';
import { line } from './lines.js';

it('a letter that a background replay takes while its correction is being claimed is not sent, and the claim ends', async () => {
  const steps: string[] = [];
  const step = (name: string, answer: unknown) => () => Promise.resolve((steps.push(name), answer));
  const sole = { claim: step('claim', null), settle: step('settle', undefined) };
  const desk = { isTaken: step('is it taken', true), replayed: step('replayed', undefined) };
  const append = jest.fn();
  const replay = new DeadLetterReplay(
    desk as unknown as DeadLetterDesk,
    { append } as unknown as Replayer,
    sole as unknown as SoleInvoice,
    testSettings(),
  );

  const correction = line('536366', { Quantity: 1 });
  await expect(replay.replay(LETTER, correction, { by: 'api' })).rejects.toMatchObject({ status: 409 });
  expect(steps).toEqual(['claim', 'is it taken', 'settle']);
  expect(append).not.toHaveBeenCalled();
});

const LETTER: KeptDeadLetter = {
  ...{
    id: 't:0:7',
    topic: 't',
    partition: 0,
    offset: 7,
    at: new Date(0),
    reason: 'invalid-item',
    message: '',
    errors: [],
  },
  ...{ history: [], state: 'open', isTaken: false, discardedUntil: null, key: null, headers: new Map() },
  value: Buffer.from(JSON.stringify(line('536365', { Quantity: 'many' }))),
};
