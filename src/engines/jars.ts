import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, missing } from './errors.js';
import { refuseAborted } from './launch.js';
import { lastLine, runTool } from './tool.js';

const DOWNLOAD_MS_MAX = 10 * 60_000;

export interface Jars {
  /** What they are together, for people. */
  what: string;
  /** `group:name:version`. */
  artifacts: readonly string[];
  signal?: AbortSignal | undefined;
}

/**
 * Puts the jars of the artifacts and all that they need into the folder, from Maven Central.
 * @throws EngineError MAVEN_MISSING; INSTALL when Maven could not fetch them.
 */
export async function fetchJars(folder: string, { what, artifacts, signal }: Jars): Promise<void> {
  writeFileSync(join(folder, 'pom.xml'), pomOf(artifacts));
  const args = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
  const maven = await runTool('mvn', args, { cwd: folder, timeoutMs: DOWNLOAD_MS_MAX, signal });
  refuseAborted(signal);
  if (!maven.found) {
    throw missing('MAVEN_MISSING', `Fetching ${what} needs Maven and "mvn" was not found`, {
      debian: 'maven',
      macos: 'maven',
    });
  }
  if (maven.exitCode !== 0) {
    const complaint = maven.stdout.split('\n').find((line) => line.includes('[ERROR]')) ?? lastLine(maven.stderr);
    throw new EngineError(
      'INSTALL',
      `Maven could not fetch ${what} (${artifacts.join(', ')}): ${complaint || 'no answer in time'}`,
    );
  }
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group = '', name = '', version = ''] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion>
<groupId>docstream</groupId><artifactId>jars</artifactId><version>1</version><dependencies>
${dependencies.join('\n')}
</dependencies></project>
`;
}
