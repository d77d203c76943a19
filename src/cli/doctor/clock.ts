import { fail, type Finding, ok, warn } from './finding.js';

const WARN_MS = 2_000;
const FAIL_MS = 60_000;

/** Times of receipt, of batches and of dead letters come from different machines, and pages compare them. */
export function clockFinding(engine: string, aheadMs: number | null): Finding {
  const check = `clock of ${engine}`;
  if (aheadMs === null) return warn(check, 'was not told', 'compare it with this machine by hand');
  const ms = Math.round(Math.abs(aheadMs));
  const found = `${ms} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  const remedy = 'keep the clocks of all machines right with NTP';
  if (ms >= FAIL_MS) return fail(check, found, remedy);
  return ms >= WARN_MS ? warn(check, found, remedy) : ok(check, found);
}
