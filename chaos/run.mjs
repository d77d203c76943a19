import { Clients } from './clients.mjs';
import { FAULTS, makeFaults } from './faults.mjs';
import { Availability, Ledger } from './ledger.mjs';
import { judge, tally } from './oracle.mjs';
import { dice } from './random.mjs';
import { Shop } from './shop.mjs';
import { Sinks } from './sinks.mjs';
import { verifyComplaint } from './verify.mjs';

/** For clients whose last post is still unanswered, after everything is whole again. */
const GRACE_MS = 60_000;
/** A backlog may take its time, as long as it becomes smaller. */
const STANDSTILL_MS_MAX = 120_000;

/** The whole of a run: load, faults, healing, judgement. Resolves with its figures and the differences that were found. */
export async function makeRun({ world, options, say }) {
  const { seed, seconds, only } = options;
  say(`seed ${seed}, ${seconds} s; starting a Kafka, a store and two docstreams ...`);
  await world.start();
  const startedAtMs = performance.now();
  const timeline = [];
  const told = (text) => {
    const line = `${((performance.now() - startedAtMs) / 1_000).toFixed(1).padStart(7)}  ${text}`;
    timeline.push(line);
    say(line);
  };
  const complaints = [];
  const complain = (text) => {
    told(text);
    complaints.push(text);
  };
  /** What never comes right again is what the run is about, and the rest is judged all the same. */
  const failed = (error) => complain(error.message);
  const [ledger, availability] = [new Ledger(), new Availability()];
  const urls = world.apps.map(({ url }) => url);
  const clients = new Clients({ seed, shop: new Shop(seed), ledger, availability, urls });
  clients.start();
  const names = only ?? Object.keys(FAULTS);
  const untilMs = startedAtMs + seconds * 1_000;
  let faults;
  try {
    faults = await makeFaults({ world, luck: dice(seed, 'faults'), names, untilMs, say: told, complain });
    told('everything is whole again; waiting for clients and sinks ...');
    await world.heal().catch(failed);
    await clients.stop(GRACE_MS);
    availability.ended();
    const { unanswered } = clients;
    if (unanswered > 0) complain(`${unanswered} named posts were not answered in ${GRACE_MS / 1_000} s after that`);
    told('the clients are done');
  } finally {
    // Those of a run that failed would post for ever.
    await clients.stop(0);
  }
  const unavailable = {
    seconds: rounded(availability.outageSeconds),
    longestSeconds: rounded(availability.longestMs / 1_000),
  };
  const { found, sinkDifferences } = await judged({ world, entries: ledger.entries, say: told, failed });
  const restarts = { apps: world.restarts, engines: world.engineRestarts };
  const figures = { seconds, faults, lines: ledger.counts, ...found, restarts, unavailable };
  return {
    figures: { ...figures, retries: clients.retries, repeats: clients.repeats },
    differences: [...complaints, ...sinkDifferences],
    timeline,
  };
}

/** Waits until the sinks have everything, reads them and compares. */
async function judged({ world, entries, say, failed }) {
  const sinks = await new Sinks(world.direct).open();
  try {
    await sinks.settled(STANDSTILL_MS_MAX).then(() => say('both sinks are at the end of the log'), failed);
    await Promise.all(world.apps.map((app) => app.ready(GRACE_MS).catch(failed)));
    const held = await sinks.read();
    const answers = await Promise.all(world.apps.map(({ url }) => fetch(`${url}/api/summary?top=1000`)));
    const summaries = await Promise.all(answers.map((answer) => answer.json()));
    const sinkDifferences = [...new Set(summaries.flatMap((summary) => judge(entries, { ...held, summary })))];
    const complaint = await verifyComplaint({ uri: world.direct.uri, folder: world.folder });
    if (complaint !== null) sinkDifferences.push(complaint);
    say('judged');
    return { found: tally(entries, held), sinkDifferences };
  } finally {
    await sinks.close();
  }
}

const rounded = (value) => Math.round(value * 10) / 10;
