import { writeFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;

/**
 * Where processors are short, a detached process that was just started goes behind this one, as far as the system allows:
 * docs/decisions/0033. Linux gives each session a share of its own where it has autogroups, and then the session's priority
 * is the one that counts.
 */
export function putBehind(pid: number): void {
  ifAllowed(() => {
    setPriority(pid, Math.min(getPriority() + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
  });
  ifAllowed(() => {
    writeFileSync(`/proc/${String(pid)}/autogroup`, String(PRIORITY_BELOW_NORMAL));
  });
}

function ifAllowed(change: () => void): void {
  try {
    change();
  } catch {
    // Its priority stays as it is, and it works all the same.
  }
}
