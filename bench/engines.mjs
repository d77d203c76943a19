import { join } from 'node:path';
import { startEngines } from '../dist/engines/index.js';

export const cacheDir = join(import.meta.dirname, '..', '.docstream', 'cache');

/** The engines that KAFKA_BROKERS and MONGODB_URI name, or ones of its own in the folder, which alone have a `pid`. */
export async function engines({ folder, say, signal }) {
  const brokers = process.env.KAFKA_BROKERS || undefined;
  const uri = process.env.MONGODB_URI || undefined;
  const steps = [];
  const onStep = (text) => void (steps.push(text), say(text));
  const dataDir = join(folder, 'engines');
  const own = await startEngines({ dataDir, cacheDir, kafka: !brokers, store: !uri, onStep, signal });
  return {
    brokers: brokers ?? own.kafka.brokers,
    uri: uri ?? own.store.uri,
    pids: { kafka: own.kafka?.pid, store: own.store?.pid },
    names: {
      kafka: nameIn(steps, /^(Kafka \S+)/) ?? 'Kafka given by KAFKA_BROKERS',
      store: nameIn(steps, /^store \(([^)]+)\)/),
    },
    stop: () => own.stop(),
  };
}

const nameIn = (steps, pattern) => steps.map((step) => pattern.exec(step)?.[1]).find((name) => name !== undefined);
