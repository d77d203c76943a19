import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import request from 'supertest';
import { generateLines, type ShopLine } from '../../src/cli/shop.js';
import { loadSettings } from '../../src/config.js';
import { startKafka, startStore } from '../../src/engines/index.js';
import { testEnvironment } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import {
  differenceInInvoices,
  differenceInOutput,
  differenceInSummary,
  Oracle,
  type ToldSummary,
} from '../helpers/oracle.js';
import { lineOfItem, type OracleLine } from '../helpers/oracle-data.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';

const LINES = 16_000;
type Victim = 'the application' | 'the store' | 'Kafka';
const LINES_A_BODY = 1_000;
const PATIENCE_MS = 120_000;
const cacheDir = resolve('.docstream', 'cache');
const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('SIGKILL in the middle of a load', () => {
  const oracle = new Oracle();
  const shop = generateLines(11);
  let system: System;
  beforeAll(async () => {
    system = await System.start();
  });

  it.each<Victim>(['the application', 'the store', 'Kafka'])(
    'of %s: every accepted line is stored once and stands in spark-output once',
    async (victim) => {
      const { bodies, lines } = nextBodies(shop);
      const client = new Client(system, bodies);

      const loading = client.loadAll();
      await until(
        () => client.acknowledged >= bodies.length / 3,
        PATIENCE_MS,
        () => `only ${client.acknowledged} bodies were acknowledged`,
      );
      // Too late, the kill would break nothing.
      expect(client.acknowledged).toBeLessThan(bodies.length);
      await system.kill(victim);
      await loading;
      await client.loadAll();
      await system.settled();

      oracle.addAll(lines);
      expect(differenceInInvoices(oracle, await system.sinks.invoices())).toBeNull();
      expect(differenceInOutput(oracle, await system.sinks.output())).toBeNull();
      // Over a connection of its own: one that is kept may have been closed while this process compared.
      const { body } = await request(system.url).get('/api/summary?top=1000').expect(200);
      expect(differenceInSummary(oracle, body as ToldSummary)).toBeNull();
    },
  );
});

/** An application with engines of its own, each a process that can be killed and started again in its place. */
class System {
  private constructor(
    private readonly dataDir: string,
    private readonly environment: Record<string, string>,
    private engines: { kafka: number; store: number },
    private app: Instance,
    public url: string,
    readonly sinks: Sinks,
  ) {}

  static async start(): Promise<System> {
    const dataDir = mkdtempSync(join(tmpdir(), 'docstream-killed-'));
    cleanUps.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const [kafka, store] = await Promise.all([startKafka({ dataDir, cacheDir }), startStore({ dataDir, cacheDir })]);
    cleanUps.push(() => kafka.stop());
    cleanUps.push(() => store.stop());
    const environment = testEnvironment({ KAFKA_BROKERS: kafka.brokers, MONGODB_URI: store.uri });
    const app = launch(environment);
    const url = await app.ready();
    const sinks = await Sinks.open(loadSettings(environment));
    cleanUps.push(() => sinks.close());
    return new System(dataDir, environment, { kafka: kafka.pid, store: store.pid }, app, url, sinks);
  }

  /** Both sinks have everything. */
  async settled(): Promise<void> {
    await this.sinks.settled().catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.app.output}`);
    });
  }

  /** Kills it and starts it again in the same place, with the same data. */
  async kill(victim: Victim): Promise<void> {
    const { dataDir } = this;
    if (victim === 'the application') {
      await this.app.stop();
      this.app = launch(this.environment);
      this.url = await this.app.ready();
    } else if (victim === 'the store') {
      process.kill(this.engines.store, 'SIGKILL');
      const store = await startStore({
        dataDir,
        cacheDir,
        port: Number(new URL(this.environment['MONGODB_URI'] ?? '').port),
      });
      cleanUps.push(() => store.stop());
    } else {
      process.kill(this.engines.kafka, 'SIGKILL');
      const port = Number(this.environment['KAFKA_BROKERS']?.split(':')[1]);
      const kafka = await startKafka({ dataDir, cacheDir, port });
      cleanUps.push(() => kafka.stop());
    }
  }
}

function launch(environment: Record<string, string>): Instance {
  const app = Instance.launch(environment);
  cleanUps.push(() => app.stop());
  return app;
}

/** A client as real ones are: it sends a body again until it is told that every line of it was taken. */
class Client {
  acknowledged = 0;

  constructor(
    private readonly system: System,
    private readonly bodies: readonly string[],
  ) {}

  async loadAll(): Promise<void> {
    const left = [...this.bodies];
    const sendAll = async () => {
      for (let body = left.shift(); body !== undefined; body = left.shift()) await this.deliver(body);
    };
    await Promise.all([sendAll(), sendAll()]);
  }

  private async deliver(body: string): Promise<void> {
    await until(
      () => this.send(body),
      PATIENCE_MS,
      () => 'a body was never acknowledged',
    );
    this.acknowledged += 1;
  }

  private async send(body: string): Promise<boolean> {
    try {
      const headers = { 'content-type': 'application/x-ndjson' };
      const signal = AbortSignal.timeout(20_000);
      const answer = await fetch(`${this.system.url}/invoiceitems`, { method: 'POST', headers, body, signal });
      await answer.arrayBuffer();
      if (answer.status !== 200 && answer.status !== 503) throw new RangeError(`unexpected answer ${answer.status}`);
      return answer.ok;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      // The connection was cut or nobody listens: what became of the body is unknown.
      return false;
    }
  }
}

/** The next good lines and duplicates of the shop, each with its own event id. */
function nextBodies(shop: Iterator<ShopLine>): { bodies: string[]; lines: OracleLine[] } {
  const rows: string[] = [];
  const lines: OracleLine[] = [];
  for (let next = shop.next(); next.done !== true; next = shop.next()) {
    const { item, expectation } = next.value;
    if (expectation === 'rejected') continue;
    rows.push(JSON.stringify(item));
    lines.push(lineOfItem(item));
    if (rows.length === LINES) break;
  }
  const bodies: string[] = [];
  for (let at = 0; at < rows.length; at += LINES_A_BODY) bodies.push(rows.slice(at, at + LINES_A_BODY).join('\n'));
  return { bodies, lines };
}
