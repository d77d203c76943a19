import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { decodeBson, encodeBson } from '../../src/engines/bson.js';
import { mongodAnswers, storeAnswers } from '../../src/engines/store-probe.js';
import { storeFiles, storeServer } from '../../src/engines/store-server.js';

const { BSON } = mongoose.mongo;
const { Long, ObjectId } = mongoose.mongo;
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

it('a folder with the data of a server that is not there is not begun anew with another one', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'store-kind-'));
  const path = process.env['PATH'];
  try {
    const files = storeFiles(dataDir);
    mkdirSync(files.storage.mongod, { recursive: true });
    writeFileSync(join(files.storage.mongod, 'WiredTiger'), 'data');
    process.env['PATH'] = dataDir;
    const chosen = storeServer(files, { cacheDir: dataDir, onStep: () => undefined });
    await expect(chosen).rejects.toThrow(/has the data of mongod, which is not on the PATH/);
  } finally {
    process.env['PATH'] = path;
    rmSync(dataDir, { recursive: true });
  }
});

describe('the BSON of the store probe', () => {
  it('is what the MongoDB driver reads and writes', () => {
    const document = {
      hello: 1,
      $db: 'admin',
      ok: true,
      half: 0.5,
      members: [{ _id: 0, host: '127.0.0.1:1' }],
      none: null,
    };
    expect(BSON.deserialize(encodeBson(document))).toEqual(document);
    expect(decodeBson(Buffer.from(BSON.serialize(document)))).toEqual(document);
  });

  it('keeps the types that it does not look into', () => {
    const document = {
      set: new ObjectId(),
      at: new Date(5),
      term: Long.fromNumber(2 ** 40),
      raw: Buffer.from('bytes'),
    };
    const bytes = Buffer.from(BSON.serialize(document));
    expect(encodeBson(decodeBson(bytes))).toEqual(bytes);
  });
});

// No mongod can be had where these tests run, so its side of the conversation is played.
describe('a mongod', () => {
  it('is made a replica set of one, and is ready when it is its primary', async () => {
    const { port, received } = await playMongod({ initiated: false });
    expect(await mongodAnswers(port)).toBe(false);
    expect(received).toContainEqual(
      expect.objectContaining({
        replSetInitiate: { _id: 'docstream', members: [{ _id: 0, host: `127.0.0.1:${String(port)}` }] },
      }),
    );
    expect(await mongodAnswers(port)).toBe(true);
  });

  it('whose port has changed is told its new address, under the same replica set id', async () => {
    const { port, received, replicaSetId } = await playMongod({ initiated: true });
    expect(await mongodAnswers(port)).toBe(false);
    const members = [{ _id: 0, host: `127.0.0.1:${String(port)}` }];
    const next = { _id: 'docstream', version: 8, members, settings: { replicaSetId } };
    expect(received).toContainEqual(expect.objectContaining({ replSetReconfig: next, force: true }));
    expect(await mongodAnswers(port)).toBe(true);
  });

  it('that is not there yet is not ready, and neither is something else on its port', async () => {
    expect(await storeAnswers(1)).toBe(false);
    const http = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await storeAnswers(await listen(http))).toBe(false);
  });
});

type Command = Record<string, unknown>;

async function playMongod(state: { initiated: boolean }) {
  const received: Command[] = [];
  const replicaSetId = new ObjectId();
  let primary = false;
  const answer = (command: Command): Command => {
    if ('hello' in command)
      return primary ? { isWritablePrimary: true, ok: 1 } : { isWritablePrimary: false, isreplicaset: true, ok: 1 };
    if ('replSetInitiate' in command && state.initiated) return { ok: 0, code: 23, codeName: 'AlreadyInitialized' };
    const old = [{ _id: 0, host: '127.0.0.1:9' }];
    if ('replSetGetConfig' in command)
      return { config: { _id: 'docstream', version: 7, members: old, settings: { replicaSetId } }, ok: 1 };
    primary = true;
    return { ok: 1 };
  };
  const server = createServer((socket) => {
    socket.on('data', (message) => {
      const command = BSON.deserialize(message.subarray(21));
      received.push(command);
      const body = BSON.serialize(answer(command));
      const head = Buffer.alloc(21);
      head.writeInt32LE(21 + body.length, 0);
      head.writeInt32LE(2013, 12);
      // In two pieces, as a network may.
      socket.write(head);
      setImmediate(() => socket.write(body));
    });
  });
  return { port: await listen(server), received, replicaSetId };
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
