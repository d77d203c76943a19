import type { PipelineView } from '../pipeline-source.js';

/** Something that people should look at, and what they can do about it. */
export interface Fault {
  text: string;
  advice: string;
  href: string | null;
  link: string | null;
  isWarning: boolean;
}

/** What is wrong with the pipeline, the worst first. */
export function faultsOf({ engines, warnings = [] }: PipelineView): Fault[] {
  const { kafka, store, consumer } = engines;
  const faults: Fault[] = [];
  if (kafka !== undefined && kafka.state !== 'up') {
    faults.push(fault(`Kafka does not answer`, KAFKA_ADVICE));
  }
  if (store !== undefined && store.state !== 'up') {
    faults.push(fault('The store does not answer', STORE_ADVICE));
  }
  for (const { partition, reason } of consumer?.stopped ?? []) {
    faults.push(fault(`Partition ${partition} has stopped: ${reason}`, STOPPED_ADVICE));
  }
  for (const { partition, reason } of consumer?.waiting ?? []) {
    faults.push({ ...fault(`Partition ${partition} waits: ${reason}`, WAITING_ADVICE), isWarning: true });
  }
  const isSaid = faults.length > 0;
  if (!isSaid && typeof consumer?.message === 'string') {
    faults.push(fault(sentence(consumer.message), CONSUMER_ADVICE));
  }
  for (const warning of warnings) {
    const about = { href: '/dashboard/dead-letters', link: 'See what is wrong', isWarning: true };
    faults.push({ text: warning, advice: WARNING_ADVICE, ...about });
  }
  return faults;
}

const KAFKA_ADVICE =
  'Posts are answered with 503 until it does, and clients send them again: nothing that was accepted is lost. Start Kafka, or check KAFKA_BROKERS; docstream connects again by itself.';
const STORE_ADVICE =
  'Lines wait in Kafka meanwhile, and none is lost. Start the store, or check MONGODB_URI; processing goes on by itself.';
const STOPPED_ADVICE =
  'Nothing is skipped, so somebody has to decide. docs/ARCHITECTURE.md has the choices for each reason, under “A stopped partition”: change no offset before you have read it.';
const WAITING_ADVICE = 'It goes on by itself as soon as it can. If it stays so, look at the engine that it waits for.';
const CONSUMER_ADVICE =
  'It is started again by itself. If it stays so, the log of this instance says why; starting the instance again is safe at any time.';
const WARNING_ADVICE = 'Most likely one sender writes something wrong: its dead letters name the fields.';

function fault(text: string, advice: string): Fault {
  return { text, advice, href: null, link: null, isWarning: false };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
