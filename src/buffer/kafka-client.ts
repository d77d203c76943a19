import { Logger } from '@nestjs/common';
import kafkajs, { type Kafka, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import type { Settings } from '../config.js';
import { registerCodecs } from './codecs.js';
import { decodeFetchesSafely } from './fetch-decoder.js';
import { quietIdleConnections } from './idle-timer.js';
import { listLeaderless } from './leaderless.js';
import { tellWholeLogs } from './log-ends.js';
import { metadataAgesInSpiteOfClock } from './metadata-clock.js';
import { failWithoutAnswer } from './no-answer.js';
import { stopOrphanFetchers } from './orphan-fetchers.js';
import { encodeProduceQuickly } from './produce-encoder.js';
import { timeRequestsInSpiteOfClock } from './request-clock.js';

/** The token of the one kafkajs client of the process; every producer, consumer and admin is made from it. */
export const KAFKA = Symbol('KAFKA');

/**
 * A client for the configured brokers. Its own retries stay short: how long a step may be tried again is decided
 * by whoever asked for it, with a deadline.
 */
export function createKafka(settings: Settings['kafka'], retries = 8): Kafka {
  registerCodecs();
  decodeFetchesSafely();
  quietIdleConnections();
  stopOrphanFetchers();
  failWithoutAnswer();
  listLeaderless();
  tellWholeLogs();
  metadataAgesInSpiteOfClock();
  timeRequestsInSpiteOfClock();
  encodeProduceQuickly();
  return new kafkajs.Kafka({
    clientId: settings.clientId,
    brokers: [...(settings.brokers ?? [])],
    ...securityOf(settings.security),
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => toNestLogger,
  });
}

function securityOf({ tls, sasl }: Settings['kafka']['security']): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const ssl = tls === null ? false : tls.ca === null ? true : { ca: [tls.ca] };
  // A copy, because kafkajs writes into it.
  return sasl === null ? { ssl } : { ssl, sasl: { ...sasl } as SASLOptions };
}

const logger = new Logger('Kafka');

/** kafkajs reports every lost connection as an error; the owners of the step report the outcome, so these are debug. */
function toNestLogger({ level, log, namespace }: LogEntry): void {
  const { message, error } = log as { message: string; error?: unknown };
  const line = `${namespace}: ${message}${typeof error === 'string' ? ` (${error})` : ''}`;
  if (level <= kafkajs.logLevel.ERROR) logger.debug(line);
  else logger.verbose(line);
}
