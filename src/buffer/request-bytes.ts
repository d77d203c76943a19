/**
 * What produce requests may carry, in bytes of keys, values and what is added to each record. kafkajs sends a request as one
 * batch for each partition, and a topic takes no batch above its `max.message.bytes`.
 */
export interface RequestBytes {
  /** Of posts and streams together. */
  appended: number;
  /** Of posts while streams wait as well. */
  posts: number;
  /** Of a stream's records at once: they fit in beside the posts. */
  stream: number;
  replayed: number;
  outputs: number;
}

/** What the setting is by itself: below the 1,048,588 bytes that Kafka takes as it is. */
const USUAL_BYTES_MAX = 900_000;

/** Smaller in proportion where `DOCSTREAM_MESSAGE_BYTES_MAX` says that the topics take less than usual. */
export function requestBytes(messageBytesMax = USUAL_BYTES_MAX): RequestBytes {
  const share = Math.min(1, messageBytesMax / USUAL_BYTES_MAX);
  const usual = { appended: 600_000, posts: 200_000, stream: 400_000, replayed: 500_000, outputs: 700_000 };
  const of = (bytes: number) => Math.floor(bytes * share);
  return {
    appended: of(usual.appended),
    posts: of(usual.posts),
    stream: of(usual.stream),
    replayed: of(usual.replayed),
    outputs: of(usual.outputs),
  };
}
