// npm start: the set-up, then the application in this very process, so that one pid is all there is to signal.
import { setUp } from './setup.mjs';

const HELP = `npm start

Installs and builds what is missing, starts Kafka and the store where KAFKA_BROKERS and MONGODB_URI name none, and serves
until Ctrl-C. It takes no arguments: settings are environment variables or .env, and README.md lists them.`;

const [argument] = process.argv.slice(2);
if (argument === '--help' || argument === '-h') {
  console.log(HELP);
} else if (argument !== undefined) {
  console.error(`npm start takes no argument ${argument}; see npm start -- --help`);
  process.exitCode = 1;
} else {
  setUp();
  await import('../dist/bundle/main.js');
}
