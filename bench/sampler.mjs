import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const INTERVAL_MS = 100;

/**
 * Notes the CPU time and the resident memory of processes ten times a second, from /proc. CPU seconds say what work
 * costs even where other programs make the clock unreliable. Where there is no /proc, every answer is null.
 */
export class Sampler {
  #series = new Map();
  /** The whole machine, and this process, which is no part of what is measured. */
  #machine = [];
  #own = [];
  #timer = setInterval(() => this.#sample(), INTERVAL_MS);

  /** `pids`: by role, such as `{ app: 123, kafka: 45 }`. A role whose pid is unknown is left out. */
  constructor(pids) {
    for (const [role, pid] of Object.entries(pids)) this.add(role, pid);
  }

  add(role, pid) {
    if (pid === undefined || pid === null) return;
    this.#series.set(role, { pid, samples: [] });
    this.#sample();
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** CPU seconds that each role used between two moments (epoch ms); null where it could not be read. */
  cpuSeconds(fromMs, toMs) {
    this.#sample();
    const used = {};
    for (const [role, { samples }] of this.#series) {
      used[role] = samples.length < 2 ? null : cpuAt(samples, toMs) - cpuAt(samples, fromMs);
    }
    return used;
  }

  /**
   * What `count` things cost that were done between two moments: `cpu`, the microseconds of each role for one of them,
   * and `othersCores`, how many cores programs used that have nothing to do with it (null where that can't be read).
   */
  cost(count, fromMs, toMs) {
    const seconds = this.cpuSeconds(fromMs, toMs);
    const each = (value) => (value === null ? null : Math.round((value / count) * 1e7) / 10);
    const cpu = Object.fromEntries(Object.entries(seconds).map(([role, value]) => [role, each(value)]));
    return { cpu, othersCores: this.#othersCores(seconds, fromMs, toMs) };
  }

  /** `[{ at, rssBytes, cpuSeconds }]` of one role, oldest first. */
  samples(role) {
    return this.#series.get(role)?.samples ?? [];
  }

  #othersCores(seconds, fromMs, toMs) {
    if (this.#machine.length < 2 || toMs <= fromMs) return null;
    const used = (samples) => cpuAt(samples, toMs) - cpuAt(samples, fromMs);
    const known = Object.values(seconds).reduce((sum, value) => sum + (value ?? 0), used(this.#own));
    return Math.max(0, Math.round(((used(this.#machine) - known) / ((toMs - fromMs) / 1000)) * 100) / 100);
  }

  #sample() {
    const at = Date.now();
    const busy = readMachine();
    if (busy !== null) this.#machine.push({ at, cpuSeconds: busy });
    const { user, system } = process.cpuUsage();
    this.#own.push({ at, cpuSeconds: (user + system) / 1e6 });
    for (const { pid, samples } of this.#series.values()) {
      const now = readProcess(pid);
      if (now !== null) samples.push({ at, ...now });
    }
  }
}

/** CPU seconds and resident bytes of a process since its start; null when it is gone or there is no /proc. */
export function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, so the fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const { ticksPerSecond, pageBytes } = kernelUnits();
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      rssBytes: Number(fields[21]) * pageBytes,
    };
  } catch {
    return null;
  }
}

/** CPU seconds that all cores together have worked, or were taken away by a hypervisor, since the machine's start. */
function readMachine() {
  try {
    const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
      .split(/\s+/, 9)
      .map(Number);
    return (user + nice + system + irq + softirq + steal) / kernelUnits().ticksPerSecond;
  } catch {
    return null;
  }
}

let units = null;

function kernelUnits() {
  const ask = (name) => Number(execFileSync('getconf', [name], { encoding: 'utf8' }));
  units ??= { ticksPerSecond: ask('CLK_TCK'), pageBytes: ask('PAGESIZE') };
  return units;
}

/** Between two samples the line between them. */
function cpuAt(samples, atMs) {
  const after = samples.findIndex(({ at }) => at >= atMs);
  if (after === -1) return samples.at(-1).cpuSeconds;
  if (after === 0) return samples[0].cpuSeconds;
  const [left, right] = [samples[after - 1], samples[after]];
  const share = (atMs - left.at) / Math.max(1, right.at - left.at);
  return left.cpuSeconds + share * (right.cpuSeconds - left.cpuSeconds);
}
