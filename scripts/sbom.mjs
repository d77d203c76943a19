// npm run --silent sbom: the packages that the running program has, as CycloneDX 1.5 JSON on standard output. npm's own
// --omit=dev leaves out packages that both the program and its development need, such as kafkajs; hence the filter.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BYTES_MAX = 64 * 1024 * 1024;
const options = { cwd: fileURLToPath(new URL('..', import.meta.url)), maxBuffer: BYTES_MAX, encoding: 'utf8' };
const bom = JSON.parse(execFileSync('npm', ['sbom', '--sbom-format=cyclonedx'], options));
const isForDevelopment = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
const gone = new Set(bom.components.filter(isForDevelopment).map((component) => component['bom-ref']));

bom.components = bom.components.filter((component) => !gone.has(component['bom-ref']));
bom.dependencies = bom.dependencies
  .filter(({ ref }) => !gone.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => !gone.has(other)) }));
process.stdout.write(`${JSON.stringify(bom, null, 1)}\n`);
