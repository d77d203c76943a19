import { loadSettings } from '../../config.js';
import { settingsOfRunning } from '../connection.js';
import { soFar } from '../so-far.js';
import { fail, type Finding } from './finding.js';
import { hostFindings } from './host-checks.js';
import { kafkaFindings } from './kafka-checks.js';
import { storeFindings } from './store-checks.js';

export interface DoctorOptions {
  json?: boolean;
}

/** Prints one line for each check, as it is made. Exit code 1 when one fails. */
export async function doctor({ json = false }: DoctorOptions): Promise<number> {
  const configured = loadSettings();
  const { kafka, store } = settingsOfRunning({}, configured);
  let failed = 0;
  let warned = 0;
  const tell = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      if (finding.level === 'FAIL') {
        failed += 1;
        soFar.exitCode = 1;
      }
      if (finding.level === 'warn') warned += 1;
      process.stdout.write(`${json ? JSON.stringify(finding) : lineOf(finding)}\n`);
    }
  };
  tell(hostFindings(configured));
  tell(kafka.brokers === null ? [notRunning('kafka', 'KAFKA_BROKERS')] : await kafkaFindings(kafka));
  tell(store.uri === null ? [notRunning('store', 'MONGODB_URI')] : await storeFindings(store));
  if (!json) process.stdout.write(`${failed} failed, ${warned} warned\n`);
  return failed === 0 ? 0 : 1;
}

const notRunning = (check: string, setting: string) =>
  fail(check, 'none is configured and none runs on this data folder', `npm start, or set ${setting}`);

function lineOf({ level, check, found, remedy }: Finding): string {
  const text = `${level.padEnd(4)}  ${check}: ${found}${remedy === null ? '' : ` -> ${remedy}`}`;
  // Names come from the engines: what would move the cursor is left out.
  return text.replace(/\p{C}+/gu, ' ');
}
