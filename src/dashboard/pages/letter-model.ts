import type { KeptDeadLetter } from '../../store/index.js';
import { reasonLabel } from './letter-filters.js';
import { showBytes } from './raw-bytes.js';

/** What the page of a dead letter shows of it besides the form. */
export function letterModel(letter: KeptDeadLetter, showsRaw: boolean): object {
  const { id, reason, message, topic, partition, offset, state, isTaken } = letter;
  return {
    ...{ id, reason, message, topic, partition, offset, state, isTaken },
    label: reasonLabel(reason),
    at: letter.at.toISOString(),
    path: `/dashboard/dead-letters/${encodeURIComponent(id)}`,
    trailHref: `/dashboard/events/${encodeURIComponent(id)}`,
    discardedUntil: letter.discardedUntil?.toISOString() ?? null,
    raw: showsRaw
      ? {
          key: showBytes(letter.key),
          value: showBytes(letter.value),
          headers: letter.headers.map(({ name, value }) => ({ name, ...showBytes(value) })),
        }
      : null,
    history: letter.history.map((act) => ({
      at: act.at.toISOString(),
      by: ACTORS[act.by],
      key: act.key ?? null,
      isReplay: act.action === 'replayed',
      isCorrected: act.action === 'replayed' && act.corrected,
      trailHref:
        act.action === 'replayed'
          ? `/dashboard/events/${act.receipt ?? encodeURIComponent(`${topic}:${act.to.partition}:${act.to.offset}`)}`
          : null,
    })),
  };
}

const ACTORS = { api: 'the API', dashboard: 'the dashboard', cli: 'the command line' } as const;
