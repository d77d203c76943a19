import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** A mistake of the user, told in one line. */
export class UsageError extends Error {}

/** The mistakes of the settings, which every process that is started would stumble over. It needs the build. */
export async function refuseBadSettings() {
  const { loadSettings } = await import('../dist/config.js');
  try {
    loadSettings();
  } catch (error) {
    throw error.code === 'CONFIG' ? new UsageError(error.message) : error;
  }
}

/** The options of `npm run COMMAND`, with a `json` that can be written; UsageError for what it does not know. */
export function parseOptions(command, args, options) {
  let values;
  try {
    values = parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(`${error.message.split('. ')[0]}; see npm run ${command} -- --help`);
  }
  if (values.json !== undefined) refuseUnwritable(values.json);
  return values;
}

/** Before the work of minutes or hours that it is to hold, rather than after. */
function refuseUnwritable(path) {
  const file = resolve(path);
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError('it is a folder');
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw new UsageError(`--json ${path} can't be written: ${error.message}`);
  }
}
