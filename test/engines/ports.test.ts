import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { keptPorts } from '../../src/engines/ports.js';
import { freshFolder, removeFolders } from './set-up.js';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

afterAll(removeFolders);

describe('the ports of an engine', () => {
  it('are distinct, outside the range of outgoing connections, and the same at the next start', async () => {
    const folder = freshFolder();
    const first = await keptPorts(folder, ['broker', 'controller']);
    expect(first.broker).not.toBe(first.controller);
    for (const port of Object.values(first)) expect(port).toBeLessThan(32_768);
    expect(await keptPorts(folder, ['broker', 'controller'])).toEqual(first);
  });

  it('are replaced where somebody else has taken one meanwhile, and only that one', async () => {
    const folder = freshFolder();
    const first = await keptPorts(folder, ['broker', 'controller']);
    await occupy(first.broker);
    const second = await keptPorts(folder, ['broker', 'controller']);
    expect(second.broker).not.toBe(first.broker);
    expect(second.controller).toBe(first.controller);
    expect(JSON.parse(readFileSync(join(folder, 'ports.json'), 'utf8'))).toEqual(second);
  });

  it('are an error that names the port when the caller insists on one that is taken', async () => {
    const folder = freshFolder();
    const { broker } = await keptPorts(folder, ['broker']);
    await occupy(broker);
    await expect(keptPorts(folder, ['broker'], { broker })).rejects.toMatchObject({
      code: 'PORT',
      message: `Port ${String(broker)} on 127.0.0.1 is taken by another process`,
    });
  });
});

async function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}
