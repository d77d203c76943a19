import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { EngineError } from './errors.js';
import { refuseAborted } from './launch.js';
import { lastLine, runTool } from './tool.js';

export interface KafkaFiles {
  folder: string;
  /** Named on the command line of the broker, which is how it is told from other processes. */
  properties: string;
  logging: string;
  log: string;
  output: string;
}

/** Where the broker of a data folder has its files. */
export function kafkaFiles(dataDir: string): KafkaFiles {
  const folder = join(dataDir, 'kafka');
  return {
    folder,
    properties: join(folder, 'server.properties'),
    logging: join(folder, 'log4j2.properties'),
    log: join(folder, 'kafka.log'),
    output: join(folder, 'kafka.out'),
  };
}

export interface KafkaPorts {
  broker: number;
  controller: number;
  /** A second listener, for clients that come through a proxy. */
  proxied?: number | undefined;
}

/** A node of a cluster, and the controller ports of all of its nodes, by node id. */
export interface KafkaMember {
  nodeId: number;
  controllers: ReadonlyMap<number, number>;
}

/**
 * Writes the configuration of a KRaft node that is broker and controller, for these ports: a single one, unless it is
 * told which member of a cluster it is. Clients of the proxied listener are told the proxy's port on 127.0.0.1,
 * `advertisedPort`.
 */
export function writeKafkaConfig(
  files: KafkaFiles,
  ports: KafkaPorts,
  advertisedPort?: number,
  member: KafkaMember = { nodeId: 1, controllers: new Map([[1, ports.controller]]) },
): void {
  const voters = [...member.controllers].map(([nodeId, port]) => `${String(nodeId)}@127.0.0.1:${String(port)}`);
  const replicas = String(Math.min(3, voters.length));
  const inSync = String(Math.min(2, voters.length));
  const broker = `127.0.0.1:${String(ports.broker)}`;
  const controller = `127.0.0.1:${String(ports.controller)}`;
  const proxied = (port: number | undefined) => (port === undefined ? '' : `,PROXIED://127.0.0.1:${String(port)}`);
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': String(member.nodeId),
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://${broker},CONTROLLER://${controller}${proxied(ports.proxied)}`,
    'advertised.listeners': `PLAINTEXT://${broker}${proxied(advertisedPort)}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(files.folder, 'data'),
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    // After a kill the broker may register again only when its old session is over: 3 s instead of 9.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    // The defaults of 50 partitions would only slow a restart after a kill.
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '8',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '8',
    // A laptop that stayed closed for weeks must find the group's position again: a year instead of a week.
    'offsets.retention.minutes': String(365 * 24 * 60),
    'num.recovery.threads.per.data.dir': '2',
  };
  writeFileSync(files.properties, asProperties(settings));
  writeFileSync(files.logging, asProperties(loggingTo(files.log)));
}

/**
 * Formats the storage on the first use; a folder that is formatted already is left as it is.
 * @param clusterId the same for all nodes of a cluster; a new one unless told.
 */
export async function formatKafkaStorage(
  files: KafkaFiles,
  jars: string,
  signal?: AbortSignal,
  clusterId = randomBytes(16).toString('base64url'),
): Promise<void> {
  const mark = join(files.folder, 'data', 'meta.properties');
  if (existsSync(mark) && readFileSync(mark, 'utf8').includes('cluster.id=')) return;
  const tool = ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), 'kafka.tools.StorageTool'];
  const args = [...tool, 'format', '--ignore-formatted', `--cluster-id=${clusterId}`, '-c', files.properties];
  const result = await runTool('java', args, { cwd: files.folder, timeoutMs: 60_000, signal });
  refuseAborted(signal);
  if (result.exitCode !== 0) {
    const complaint = lastLine(result.stderr) || lastLine(result.stdout);
    throw new EngineError('START', `Kafka could not format its storage in ${files.folder}: ${complaint}`);
  }
}

function loggingTo(file: string): Record<string, string> {
  return {
    status: 'error',
    'appender.file.type': 'RollingFile',
    'appender.file.name': 'file',
    'appender.file.fileName': file,
    'appender.file.filePattern': `${file}.%i`,
    'appender.file.layout.type': 'PatternLayout',
    'appender.file.layout.pattern': '[%d] %p %m (%c)%n',
    'appender.file.policies.type': 'Policies',
    'appender.file.policies.size.type': 'SizeBasedTriggeringPolicy',
    'appender.file.policies.size.size': '10MB',
    'appender.file.strategy.type': 'DefaultRolloverStrategy',
    'appender.file.strategy.max': '3',
    'rootLogger.level': 'info',
    'rootLogger.appenderRef.file.ref': 'file',
  };
}

/** A Java properties file is Latin-1 with backslash escapes, whatever a path may hold. */
function asProperties(settings: Record<string, string>): string {
  const escaped = (value: string) =>
    value
      .replaceAll('\\', '\\\\')
      .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${escaped(value)}\n`)
    .join('');
}
