import { execFile } from 'node:child_process';
import { join } from 'node:path';

const command = join(import.meta.dirname, '..', 'bin', 'docstream.mjs');

/** What `docstream verify` says of the store; null when it finds no difference. */
export function verifyComplaint({ uri, folder }) {
  const env = { ...process.env, MONGODB_URI: uri, DOCSTREAM_DATA_DIR: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, 'verify'], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve(error === null ? null : `docstream verify: ${(stdout + stderr).trim().slice(0, 2_000)}`);
    });
  });
}
