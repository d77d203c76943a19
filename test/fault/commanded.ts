import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { testEnvironment } from '../helpers/app.js';

/** An instance that does as it is told: `hook`, a module of this folder, is loaded into it and waits for the order. */
export interface Commanded {
  environment: Record<string, string>;
  order(text: string): void;
  forget(): void;
}

/** Its environment, and what gives it the order. `forget` it in the `afterEach` beside the call. */
export function commanded(hook: string, env: Record<string, string> = {}): Commanded {
  const folder = mkdtempSync(join(tmpdir(), 'docstream-order-'));
  const file = join(folder, 'order');
  return {
    environment: testEnvironment({
      ...env,
      NODE_OPTIONS: `--import ${pathToFileURL(resolve('test/fault', hook)).href}`,
      TEST_ORDER: file,
    }),
    order: (text) => writeFileSync(file, text),
    forget: () => rmSync(folder, { recursive: true, force: true }),
  };
}
