import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/crc32C.js';
import { startEngines, startKafka } from '../../src/engines/index.js';
import { formatKafkaStorage, kafkaFiles, writeKafkaConfig } from '../../src/engines/kafka-config.js';
import { KAFKA_VERSION } from '../../src/engines/kafka-install.js';
import { cacheDir, freshFolder, processesOn, removeFolders, startElsewhere, type ElsewhereAnswer } from './set-up.js';

afterAll(removeFolders);

describe('a missing prerequisite', () => {
  // Kafka's jars are there, so that only what the store needs is missing.
  const jars = `kafka-${KAFKA_VERSION}`;
  const withKafka = () => {
    const folder = freshFolder();
    symlinkSync(join(cacheDir, jars), join(folder, jars));
    return folder;
  };

  beforeAll(() => {
    expect(existsSync(join(cacheDir, jars, '.complete'))).toBe(true);
  });

  it.each([
    {
      absent: 'Java',
      code: 'JAVA_MISSING',
      present: [],
      cache: freshFolder,
      names: ['Java 17', 'default-jre-headless', 'openjdk'],
    },
    { absent: 'Maven', code: 'MAVEN_MISSING', present: ['java'], cache: freshFolder, names: ['"mvn"', 'maven'] },
    {
      absent: 'Python',
      code: 'PYTHON_MISSING',
      present: ['java'],
      cache: withKafka,
      names: ['Python 3.10', 'python3-venv', 'brew install python'],
    },
  ])(
    '$absent is one line that says how to get it, and nothing stays running',
    async ({ code, present, cache, names }) => {
      const dataDir = freshFolder();
      const only = code === 'PYTHON_MISSING' ? {} : { store: false };
      const answer = await answerOf({ dataDir, cacheDir: cache(), path: pathWith(present), ...only });
      expect(answer.code).toBe(code);
      expect(answer.message).not.toContain('\n');
      for (const name of [...names, 'sudo apt-get install', 'brew install', 'docker compose up']) {
        expect(answer.message).toContain(name);
      }
      expect(existsSync(join(dataDir, 'engines.json'))).toBe(false);
      expect(processesOn(dataDir)).toEqual([]);
    },
  );

  it('is also a Java that is too old', async () => {
    const folder = pathWith([]);
    writeFileSync(join(folder, 'java'), '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n', {
      mode: 0o755,
    });
    const answer = await answerOf({ dataDir: freshFolder(), cacheDir: freshFolder(), path: folder, store: false });
    expect(answer).toMatchObject({ code: 'JAVA_MISSING', message: expect.stringContaining('is version 11') });
  });
});

describe('a data folder that cannot be used', () => {
  it.each([
    { what: 'is a file', path: (folder: string) => join(folder, 'file') },
    { what: 'lies below a file', path: (folder: string) => join(folder, 'file', 'below') },
    { what: 'has a comma in its path, which Kafka takes for a list', path: (folder: string) => join(folder, 'a,b') },
  ])('$what: one line, and nothing is started', async ({ path }) => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'file'), '');
    const start = startEngines({ dataDir: path(folder), cacheDir, kafka: true, store: true, onStep: () => undefined });
    await expect(start).rejects.toMatchObject({
      code: 'DATA_DIR',
      message: expect.stringMatching(/^The data folder cannot be used: .*DOCSTREAM_DATA_DIR.*$/),
    });
    expect(processesOn(folder)).toEqual([]);
  });
});

/** A folder to be the whole PATH: it has Node.js and the tools named. */
function pathWith(tools: readonly string[]): string {
  const folder = join(freshFolder(), 'bin');
  mkdirSync(folder);
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const tool of tools) {
    symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(folder, tool));
  }
  return folder;
}

async function answerOf(options: Parameters<typeof startElsewhere>[0]): Promise<ElsewhereAnswer> {
  const { child, answer } = startElsewhere(options);
  try {
    return await answer;
  } finally {
    child.kill('SIGKILL');
  }
}

describe('what a later Kafka wrote', () => {
  it('is refused with what to do, and stays as it is', async () => {
    const dataDir = freshFolder();
    const files = kafkaFiles(dataDir);
    mkdirSync(files.folder);
    writeKafkaConfig(files, { broker: 1, controller: 2 });
    await formatKafkaStorage(files, join(cacheDir, `kafka-${KAFKA_VERSION}`));
    const checkpoint = join(files.folder, 'data', 'bootstrap.checkpoint');
    const later = ofLaterKafka(readFileSync(checkpoint));
    writeFileSync(checkpoint, later);

    await expect(startKafka({ dataDir, cacheDir })).rejects.toMatchObject({
      code: 'DATA_DIR',
      message: expect.stringMatching(/ was written by a later Kafka than .*DOCSTREAM_DATA_DIR/),
    });
    expect(processesOn(dataDir)).toEqual([]);
    expect(readFileSync(checkpoint).equals(later)).toBe(true);
  });
});

/** The same batches, with a version of the metadata that is still to come. */
function ofLaterKafka(checkpoint: Buffer): Buffer {
  const changed = Buffer.from(checkpoint);
  for (let at = 0; at < changed.length; at += changed.readInt32BE(at + 8) + 12) {
    const batch = changed.subarray(at, at + changed.readInt32BE(at + 8) + 12);
    const found = batch.indexOf('metadata.version');
    if (found < 0) continue;
    batch.writeInt16BE(9_999, found + 'metadata.version'.length);
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  }
  expect(changed.equals(checkpoint)).toBe(false);
  return changed;
}
