import { resolve } from 'node:path';
import { missing } from './errors.js';
import { installOnce, type OnStep } from './install.js';
import { fetchJars } from './jars.js';
import { refuseAborted } from './launch.js';
import { runTool } from './tool.js';

export const KAFKA_VERSION = '4.2.2';
const LOG4J_VERSION = '2.25.4';
const JAVA_VERSION_MIN = 17;
const ARTIFACTS = [
  `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`,
  `org.apache.logging.log4j:log4j-slf4j-impl:${LOG4J_VERSION}`,
];

/** The folder of Kafka's jars, fetched from Maven Central on the first use. Needs Java, and Maven for that first use. */
export async function kafkaJars(cacheDir: string, onStep: OnStep, signal?: AbortSignal): Promise<string> {
  await requireJava(signal);
  const folder = resolve(cacheDir, `kafka-${KAFKA_VERSION}`);
  const startedAt = Date.now();
  if (
    await installOnce(folder, {
      install: (target) => fetchJars(target, { what: 'Kafka', artifacts: ARTIFACTS, signal }),
      signal,
    })
  ) {
    onStep(`Kafka ${KAFKA_VERSION} jars (Maven Central)`, Date.now() - startedAt);
  }
  return folder;
}

async function requireJava(signal?: AbortSignal): Promise<void> {
  const java = await runTool('java', ['-version'], { signal });
  refuseAborted(signal);
  const packages = { debian: 'default-jre-headless', macos: 'openjdk' };
  // On macOS `java` is always there: without a runtime it only says so and fails.
  if (!java.found || java.exitCode !== 0) {
    throw missing(
      'JAVA_MISSING',
      `Kafka needs Java ${String(JAVA_VERSION_MIN)} or newer and "java" was not found`,
      packages,
    );
  }
  const major = Number(/version "(?:1\.)?(\d+)/.exec(java.stderr + java.stdout)?.[1] ?? Number.NaN);
  if (major < JAVA_VERSION_MIN) {
    const found = `Kafka needs Java ${String(JAVA_VERSION_MIN)} or newer and "java" is version ${String(major)}`;
    throw missing('JAVA_MISSING', found, packages);
  }
}
