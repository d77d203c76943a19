import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeAtomically } from './engines-file.js';
import { EngineError } from './errors.js';

// Below the range that kernels take outgoing ports from (32768 on Linux, 49152 on macOS). Inside it, a client that
// keeps reconnecting to an engine that is down may be given that very port and block it for good.
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;
const KEPT_PORT_WAIT_MS = 3_000;

/**
 * The loopback ports of an engine, by role. They are chosen once and kept in `folder`, so that a restart has the same
 * address; a kept port that somebody else has taken meanwhile is replaced. A port given in `wanted` is kept instead,
 * and is an error (PORT) when it is taken.
 */
export async function keptPorts<Role extends string>(
  folder: string,
  roles: readonly Role[],
  wanted: Partial<Record<Role, number>> = {},
): Promise<Record<Role, number>> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'ports.json');
  const kept = readPorts(file);
  const ports = {} as Record<Role, number>;
  for (const role of roles) {
    const asked = wanted[role];
    if (asked !== undefined && !(await becomesFree(asked))) {
      throw new EngineError('PORT', `Port ${String(asked)} on 127.0.0.1 is taken by another process`);
    }
    const before = kept[role];
    const again = before !== undefined && (await becomesFree(before)) ? before : undefined;
    ports[role] = asked ?? again ?? (await freePort(Object.values(ports)));
  }
  writeAtomically(file, ports);
  return ports;
}

async function freePort(taken: unknown[]): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new EngineError('PORT', `No free port between ${String(PORT_MIN)} and ${String(PORT_MAX)} on 127.0.0.1`);
}

/** A process that was killed a moment ago may hold its port a moment longer. */
async function becomesFree(port: number): Promise<boolean> {
  const deadline = Date.now() + KEPT_PORT_WAIT_MS;
  while (!(await isFree(port))) {
    if (Date.now() > deadline) return false;
    await delay(50);
  }
  return true;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1' }, () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}

function readPorts(file: string): Record<string, number | undefined> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof found === 'object' && found !== null ? Object.entries(found) : [];
    return Object.fromEntries(entries.filter(([, port]) => Number.isInteger(port) && port > 0 && port < 65_536));
  } catch {
    return {};
  }
}
