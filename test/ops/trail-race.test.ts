import { expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.js';
import { EventTrail } from '../../src/ops/event-trail.js';
import type { RecordFates } from '../../src/ops/record-fate.js';
import type { RecordPlaces } from '../../src/ops/record-place.js';

it('the trail of a record that becomes a dead letter while it is looked for leads to that', async () => {
  const record = { key: null, value: Buffer.from('no JSON'), headers: [], timestampMs: 0 };
  const letter = { id: 'ingestion-topic:0:7', topic: 'ingestion-topic', history: [], ...record, at: new Date(0) };
  const fates = [null, { state: 'dead-letter', batch: null, letter }];
  const trail = new EventTrail(
    { recordAt: async () => record, waitingBehind: async () => null } as unknown as RecordPlaces,
    { deadLetterAt: async () => fates.shift() ?? null } as unknown as RecordFates,
    loadSettings({}),
  );
  expect(await trail.follow('ingestion-topic:0:7')).toMatchObject({ state: 'dead-letter', before: null });
});
