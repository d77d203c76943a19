import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { runTool } from '../../src/engines/tool.js';
import { freshFolder, removeFolders } from '../engines/set-up.js';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { schemathesis } from '../helpers/python-tool.js';
import { line, produce } from './lines.js';

const EXAMPLES_PER_OPERATION = 5;
/** Half a minute of two cores; a machine that many share takes many times that. */
const PATIENCE_MS = 600_000;

let app: TestApp;
let bin: string;
beforeAll(async () => {
  bin = await schemathesis();
  app = await startTestApp();
  await request(app.url).post('/invoiceitem').send(line('536365')).expect(200);
  await produce(app.settings, [{ key: 'a', value: 'not json' }]);
  await app.settled();
});
afterAll(async () => {
  await app.close();
  removeFolders();
});

it(
  'a property-based client that knows the OpenAPI document alone finds no answer that it does not tell of',
  async () => {
    const args = [
      ...['--config-file', resolve('test/helpers/schemathesis.toml'), 'run', `${app.url}/openapi.json`],
      ...['--phases', 'examples,coverage,fuzzing'],
      ...['--max-examples', String(EXAMPLES_PER_OPERATION), '--seed', '1'],
      // What is wrong between two fields, such as a range that ends before it starts, is refused and no schema can say so.
      ...['--exclude-checks', 'positive_data_acceptance'],
      ...['--continue-on-failure', '--no-shrink', '--generation-database', 'none'],
      // A busy machine is no finding.
      ...['--suppress-health-check', 'all', '--warnings', 'off', '--no-color'],
    ];
    const hooks = [`PYTHONPATH=${resolve('test/helpers')}`, 'SCHEMATHESIS_HOOKS=schemathesis_hooks'];
    const { exitCode, stdout, stderr } = await runTool('env', [...hooks, join(bin, 'st'), ...args], {
      // Where it keeps what it remembers.
      cwd: freshFolder(),
      timeoutMs: PATIENCE_MS,
    });
    const told = `${stdout}\n${stderr}`;
    expect([exitCode, told]).toEqual([0, expect.stringMatching(/Tested: 23\n[^]*No issues found/)]);
    await untilReady(app.url);
  },
  2 * PATIENCE_MS,
);
