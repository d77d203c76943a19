import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatKafkaStorage,
  kafkaFiles,
  type KafkaFiles,
  type KafkaPorts,
  writeKafkaConfig,
} from '../../src/engines/kafka-config.js';
import { kafkaJars } from '../../src/engines/kafka-install.js';
import { kafkaAnswers } from '../../src/engines/kafka-probe.js';
import { launch, waitUntilReady } from '../../src/engines/launch.js';
import { keptPorts } from '../../src/engines/ports.js';
import { stopProcess } from '../../src/engines/process-table.js';

interface Node {
  files: KafkaFiles;
  ports: KafkaPorts;
  pid: number;
}

const NODE_IDS = [1, 2, 3];
const READY_MS_MAX = 120_000;

/** Three brokers of one KRaft cluster, each a local process that can be killed and started again in its place. */
export class KafkaCluster {
  private readonly nodes = new Map<number, Node>();

  private constructor(private readonly jars: string) {}

  /** Stop it in an `afterAll` beside the call. */
  static async start(dataDir: string, cacheDir: string): Promise<KafkaCluster> {
    const cluster = new KafkaCluster(await kafkaJars(cacheDir, () => undefined));
    const clusterId = `n${randomBytes(16).toString('base64url').slice(1)}`;
    for (const nodeId of NODE_IDS) {
      const files = kafkaFiles(join(dataDir, String(nodeId)));
      mkdirSync(files.folder, { recursive: true });
      const ports = await keptPorts(files.folder, ['broker', 'controller']);
      cluster.nodes.set(nodeId, { files, ports, pid: 0 });
    }
    const controllers = new Map([...cluster.nodes].map(([nodeId, { ports }]) => [nodeId, ports.controller]));
    await Promise.all(
      [...cluster.nodes].map(async ([nodeId, { files, ports }]) => {
        writeKafkaConfig(files, ports, undefined, { nodeId, controllers });
        await formatKafkaStorage(files, cluster.jars, undefined, clusterId);
      }),
    );
    await cluster.startNodes(NODE_IDS);
    return cluster;
  }

  get brokers(): string {
    return [...this.nodes.values()].map(({ ports }) => `127.0.0.1:${ports.broker}`).join(',');
  }

  /** Starts the nodes, or starts them again with the same data at the same address. Resolves when they serve. */
  async startNodes(nodeIds: readonly number[]): Promise<void> {
    // All first, because one alone has no quorum and never serves.
    const ready = await Promise.all(nodeIds.map((nodeId) => this.launch(nodeId)));
    await Promise.all(ready.map((isReady) => isReady()));
  }

  kill(nodeId: number): void {
    process.kill(this.node(nodeId).pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map(({ pid, files }) => stopProcess(pid, [files.properties])));
  }

  private async launch(nodeId: number): Promise<() => Promise<void>> {
    const node = this.node(nodeId);
    const { files, ports } = node;
    const { pid, ending } = await launch({
      name: `Kafka ${nodeId}`,
      command: 'java',
      args: [
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        `-Dlog4j2.configurationFile=${files.logging}`,
        '-cp',
        join(this.jars, '*'),
        'kafka.Kafka',
        files.properties,
      ],
      cwd: files.folder,
      outputFile: files.output,
    });
    node.pid = pid;
    const probe = () => kafkaAnswers(ports.broker);
    const logFiles = [files.log, files.output];
    return () => waitUntilReady({ name: `Kafka ${nodeId}`, probe, ending, deadlineMs: READY_MS_MAX, logFiles });
  }

  private node(nodeId: number): Node {
    const node = this.nodes.get(nodeId);
    if (node === undefined) throw new Error(`there is no node ${nodeId}`);
    return node;
  }
}
