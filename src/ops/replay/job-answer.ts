import type { ReplayJobView } from '../../store/index.js';

/** A replay of many dead letters in JSON. */
export type JobAnswer = Pick<
  ReplayJobView,
  'id' | 'state' | 'matched' | 'replayed' | 'failed' | 'failures' | 'by' | 'key'
> & {
  createdAt: string;
  finishedAt: string | null;
};

/** How the API shows it. */
export function jobAnswer(job: ReplayJobView): JobAnswer {
  const { id, state, matched, replayed, failed, failures, by, key } = job;
  const finishedAt = job.finishedAt?.toISOString() ?? null;
  return {
    id,
    state,
    matched,
    replayed,
    failed,
    failures,
    by,
    key,
    createdAt: job.createdAt.toISOString(),
    finishedAt,
  };
}

export function jobAddress(id: string): string {
  return `/api/dead-letters/replays/${id}`;
}
