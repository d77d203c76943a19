import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineError, missing } from './errors.js';
import { installOnce, type OnStep } from './install.js';
import { refuseAborted } from './launch.js';
import { lastLine, runTool } from './tool.js';

export const KAFKA_VERSION = '4.2.2';
const LOG4J_VERSION = '2.25.4';
const JAVA_VERSION_MIN = 17;
const DOWNLOAD_MS_MAX = 10 * 60_000;

/** The folder of Kafka's jars, fetched from Maven Central on the first use. Needs Java, and Maven for that first use. */
export async function kafkaJars(cacheDir: string, onStep: OnStep, signal?: AbortSignal): Promise<string> {
  await requireJava(signal);
  const folder = resolve(cacheDir, `kafka-${KAFKA_VERSION}`);
  const startedAt = Date.now();
  if (await installOnce(folder, { install: (target) => fetchJars(target, signal), signal })) {
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

async function fetchJars(folder: string, signal?: AbortSignal): Promise<void> {
  writeFileSync(join(folder, 'pom.xml'), POM);
  const args = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
  const maven = await runTool('mvn', args, { cwd: folder, timeoutMs: DOWNLOAD_MS_MAX, signal });
  refuseAborted(signal);
  if (!maven.found) {
    throw missing('MAVEN_MISSING', 'Fetching Kafka needs Maven and "mvn" was not found', {
      debian: 'maven',
      macos: 'maven',
    });
  }
  if (maven.exitCode !== 0) {
    const complaint = maven.stdout.split('\n').find((line) => line.includes('[ERROR]')) ?? lastLine(maven.stderr);
    throw new EngineError(
      'INSTALL',
      `Maven could not fetch Kafka ${KAFKA_VERSION}: ${complaint || 'no answer in time'}`,
    );
  }
}

const POM = `<project><modelVersion>4.0.0</modelVersion>
<groupId>docstream</groupId><artifactId>local-kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version></dependency>
</dependencies></project>
`;
