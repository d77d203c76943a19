import { existsSync, statfsSync } from 'node:fs';
import type { Settings } from '../../config.js';
import { refuseOpenHost } from '../../config-access.js';
import { isShort } from '../../config-keys.js';
import { fail, type Finding, ok, warn } from './finding.js';

const GIB = 1024 ** 3;

/** Settings that a start takes and that do not go together, and the room on the disk. `settings` as configured. */
export function hostFindings(settings: Settings): Finding[] {
  const found = [...accessFindings(settings), ...engineFindings(settings)];
  return [...(found.length > 0 ? found : [ok('settings', 'go together')]), ...diskFindings(settings)];
}

function accessFindings({ http, access, kafka }: Settings): Finding[] {
  const found: Finding[] = [];
  const refusal = refusalOf(() => {
    refuseOpenHost(http, access.apiKeys);
  });
  const isOpenToOthers = refusalOf(() => {
    refuseOpenHost({ ...http, allowOpen: false }, access.apiKeys);
  });
  if (refusal !== null) found.push(fail('settings', refusal, 'set DOCSTREAM_API_KEYS'));
  else if (isOpenToOthers !== null) {
    const what = `whoever reaches ${http.host}:${http.port} may post, read and discard`;
    found.push(warn('settings', what, 'set DOCSTREAM_API_KEYS and take DOCSTREAM_ALLOW_OPEN away'));
  }
  if (access.apiKeys.some(isShort)) {
    found.push(warn('settings', 'an API key can be guessed', 'make one with npx docstream keys create'));
  }
  if (kafka.security.sasl?.mechanism === 'plain' && kafka.security.tls === null) {
    const what = 'the password for Kafka travels in the clear (SASL PLAIN without TLS)';
    found.push(warn('settings', what, 'set DOCSTREAM_KAFKA_TLS=true'));
  }
  return found;
}

function engineFindings({ roles, kafka, store }: Settings): Finding[] {
  const found: Finding[] = [];
  const shares = roles.length < 3;
  for (const [name, isSet] of [
    ['KAFKA_BROKERS', kafka.brokers !== null],
    ['MONGODB_URI', store.uri !== null],
  ] as const) {
    if (!shares || isSet) continue;
    const what = `DOCSTREAM_ROLES has ${roles.join(' and ')} only, and without ${name} this instance starts an engine of its own, which no other instance shares`;
    found.push(fail('settings', what, `set ${name}, or take DOCSTREAM_ROLES away`));
  }
  return found;
}

function diskFindings({ dataDir, kafka, store }: Settings): Finding[] {
  // With both engines elsewhere nothing is written here.
  if (!existsSync(dataDir) || (kafka.brokers !== null && store.uri !== null)) return [];
  const { bavail, bsize } = statfsSync(dataDir);
  const free = (bavail * bsize) / GIB;
  const found = `${free.toFixed(1)} GiB free for ${dataDir}`;
  const remedy = 'make room, or set DOCSTREAM_DATA_DIR to a folder on a larger disk';
  if (free < 1) return [fail('disk', found, remedy)];
  return [free < 5 ? warn('disk', found, remedy) : ok('disk', found)];
}

function refusalOf(rule: () => void): string | null {
  try {
    rule();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
