import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const cacheDir = join(import.meta.dirname, '..', '..', '.docstream', 'cache');
const DOWNLOAD_MS_MAX = 15 * 60_000;

/** A folder with the jars of `artifacts` (`group:name:version`) and what they need, fetched from Maven Central once. */
export async function javaClasses(name, artifacts) {
  const folder = join(cacheDir, name);
  if (existsSync(folder)) return folder;
  const draft = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(draft, 'pom.xml'), pomOf(name, artifacts));
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`];
    await promisify(execFile)('mvn', args, { cwd: draft, timeout: DOWNLOAD_MS_MAX }).catch((error) => {
      const complaint = /\[ERROR\] (.*)/.exec(error.stdout ?? '')?.[1] ?? error.message;
      throw new Error(`Maven could not fetch ${artifacts.join(', ')}: ${complaint}`);
    });
    renameSync(draft, folder);
    return folder;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

function pomOf(name, artifacts) {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion>
<groupId>docstream</groupId><artifactId>${name}</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
