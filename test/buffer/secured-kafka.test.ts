import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createKafka } from '../../src/buffer/index.js';
import { loadSettings } from '../../src/config.js';
import { keptPorts } from '../../src/engines/ports.js';
import { KAFKA_CLASSPATH } from '../helpers/engines.js';
import { until } from '../helpers/oracle-sinks.js';

const PASSWORD = 'a-password-for-the-brokers';
const folder = mkdtempSync(join(tmpdir(), 'docstream-secured-'));
const authority = join(folder, 'authority.pem');
let broker: ChildProcess;
let brokers: string;

/** A broker of its own whose one door for clients speaks TLS and asks for a password. */
beforeAll(async () => {
  Logger.overrideLogger(false);
  const { client, inside, controller } = await keptPorts(folder, ['client', 'inside', 'controller']);
  brokers = `127.0.0.1:${client}`;
  const keys = join(folder, 'keys.p12');
  const store = ['-keystore', keys, '-storepass', 'changeit', '-alias', 'broker'];
  const name = ['-dname', 'CN=127.0.0.1', '-ext', 'SAN=IP:127.0.0.1', '-validity', '2', '-keyalg', 'RSA'];
  execFileSync('keytool', ['-genkeypair', '-storetype', 'PKCS12', ...store, ...name], { stdio: 'ignore' });
  writeFileSync(authority, execFileSync('keytool', ['-exportcert', '-rfc', ...store], { stdio: 'pipe' }));
  const login = 'org.apache.kafka.common.security';
  const properties = join(folder, 'server.properties');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `CLIENT://${brokers},INSIDE://127.0.0.1:${inside},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENT://${brokers},INSIDE://127.0.0.1:${inside}`,
    'listener.security.protocol.map': 'CLIENT:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INSIDE',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'ssl.keystore.location': keys,
    'ssl.keystore.password': 'changeit',
    'ssl.keystore.type': 'PKCS12',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.client.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_shop="${PASSWORD}";`,
    'listener.name.client.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    'offsets.topic.replication.factor': 1,
  };
  writeFileSync(
    properties,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const scram = ['--add-scram', `SCRAM-SHA-512=[name=shop,password=${PASSWORD}]`];
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id=c2VjdXJlZC1rYWZrYS10ZQ',
    '-c',
    properties,
    ...scram,
  ];
  execFileSync('java', ['-XX:TieredStopAtLevel=1', '-cp', KAFKA_CLASSPATH, ...format], { stdio: 'pipe' });
  broker = spawn('java', ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', KAFKA_CLASSPATH, 'kafka.Kafka', properties], {
    cwd: folder,
    stdio: 'ignore',
  });
  await until(
    () =>
      connects('plain', PASSWORD).then(
        () => true,
        () => false,
      ),
    120_000,
    () => 'the secured broker does not answer',
  );
});

afterAll(async () => {
  if (broker?.exitCode === null && broker.signalCode === null) {
    const ended = once(broker, 'exit');
    broker.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('a Kafka that speaks TLS and asks for a password', () => {
  it.each(['plain', 'scram-sha-512'])('is reached with %s and its authority', async (mechanism) => {
    expect(await connects(mechanism, PASSWORD)).toBe(1);
  });

  it('is not reached with another password, without TLS, or without its authority', async () => {
    await expect(connects('scram-sha-512', 'another-password')).rejects.toThrow(/auth/i);
    await expect(connects('plain', PASSWORD, { DOCSTREAM_KAFKA_TLS_CA_FILE: '' })).rejects.toThrow(/certificate/);
    const noTls = { DOCSTREAM_KAFKA_TLS: 'false', DOCSTREAM_KAFKA_TLS_CA_FILE: '' };
    await expect(connects('plain', PASSWORD, noTls)).rejects.toThrow();
  });
});

/** How many brokers the cluster says that it has, asked by the client that the settings make. */
async function connects(mechanism: string, password: string, env: Record<string, string> = {}): Promise<number> {
  const { kafka } = loadSettings({
    KAFKA_BROKERS: brokers,
    DOCSTREAM_KAFKA_TLS: 'true',
    DOCSTREAM_KAFKA_TLS_CA_FILE: authority,
    DOCSTREAM_KAFKA_SASL_MECHANISM: mechanism,
    DOCSTREAM_KAFKA_SASL_USERNAME: 'shop',
    DOCSTREAM_KAFKA_SASL_PASSWORD: password,
    ...env,
  });
  const admin = createKafka(kafka).admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}
