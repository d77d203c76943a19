// npm test: the set-up, then every test, or those that the arguments choose (npm test -- test/engines).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
const jest = spawn(process.execPath, [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    // Jest loads ES modules through an API of Node.js that has to be asked for, and warns on each use.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
  },
});
// A Ctrl-C reaches jest by itself; this process waits for it to clean up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) jest.kill(signal);
  });
}
jest.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
