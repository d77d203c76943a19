import { type KafkaSecurity, kafkaSecurityOf } from './config-access.js';
import { ConfigError } from './config-rules.js';
import type { Values } from './config-values.js';

export interface KafkaSettings {
  /** null: start a local one. */
  readonly brokers: readonly string[] | null;
  readonly security: KafkaSecurity;
  readonly clientId: string;
  readonly groupId: string;
  readonly ingestionTopic: string;
  readonly outputTopic: string;
  readonly deadLetterTopic: string;
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  readonly messageBytesMax: number;
  readonly appendTimeoutMs: number;
  readonly inFlightBytesMax: number;
}

/** @throws ConfigError */
export function kafkaOf(get: Values): KafkaSettings {
  const brokers = get('KAFKA_BROKERS');
  const settings: KafkaSettings = {
    brokers: brokers.length === 0 ? null : brokers,
    security: kafkaSecurityOf({
      brokers,
      tls: get('DOCSTREAM_KAFKA_TLS') === 'true',
      caFile: get('DOCSTREAM_KAFKA_TLS_CA_FILE'),
      mechanism: get('DOCSTREAM_KAFKA_SASL_MECHANISM'),
      username: get('DOCSTREAM_KAFKA_SASL_USERNAME'),
      password: get('DOCSTREAM_KAFKA_SASL_PASSWORD'),
    }),
    clientId: 'docstream',
    groupId: get('DOCSTREAM_GROUP'),
    ingestionTopic: get('DOCSTREAM_INGESTION_TOPIC'),
    outputTopic: get('DOCSTREAM_OUTPUT_TOPIC'),
    deadLetterTopic: get('DOCSTREAM_DEAD_LETTER_TOPIC'),
    partitions: get('DOCSTREAM_PARTITIONS'),
    sessionTimeoutMs: get('DOCSTREAM_SESSION_TIMEOUT_MS'),
    messageBytesMax: get('DOCSTREAM_MESSAGE_BYTES_MAX'),
    appendTimeoutMs: get('DOCSTREAM_APPEND_TIMEOUT_MS'),
    inFlightBytesMax: get('DOCSTREAM_IN_FLIGHT_BYTES_MAX'),
  };
  refuseSharedTopics(settings);
  return settings;
}

/** What comes out of processing must not be what goes in. */
function refuseSharedTopics({ ingestionTopic, outputTopic, deadLetterTopic }: KafkaSettings): void {
  if (outputTopic === ingestionTopic) {
    throw new ConfigError('DOCSTREAM_OUTPUT_TOPIC', 'must be another topic than DOCSTREAM_INGESTION_TOPIC');
  }
  if (deadLetterTopic === ingestionTopic || deadLetterTopic === outputTopic) {
    throw new ConfigError('DOCSTREAM_DEAD_LETTER_TOPIC', 'must be another topic than the two others');
  }
}
