import { endToEnd } from './end-to-end.mjs';
import { idleCpu } from './idle-cpu.mjs';
import { ingestBulkCsv, ingestBulkNdjson } from './ingest-bulk.mjs';
import {
  ingestSingle,
  ingestSingleByHand,
  ingestSingleJoined,
  ingestSingleLatency,
  ingestSingleLatencyByHand,
} from './ingest-single.mjs';
import { latencyLoad, latencyLoadVisible, latencyRest } from './latency.mjs';
import { lookupScale } from './lookup-scale.mjs';
import { memory } from './memory.mjs';
import { pages } from './pages.mjs';
import { peerConnectInsert, peerConnectUpsert, peerSpark } from './peers.mjs';
import { processing, processingInsert, processingInterleaved } from './processing.mjs';

/**
 * Every figure, in the order in which a round measures them. A figure is
 * `{ name, unit, better: 'more' | 'less', yardstickIs, bars(store), ours(run), yardstick(run) }`; both measurements
 * resolve with `{ value, cpu?, details?, window? }`, and the ratio is ours divided by the yardstick's. `isOptional`: it is
 * measured when it is named only.
 */
export const FIGURES = [
  ingestSingle,
  ingestSingleByHand,
  ingestSingleJoined,
  ingestSingleLatency,
  ingestSingleLatencyByHand,
  ingestBulkNdjson,
  ingestBulkCsv,
  processing,
  processingInsert,
  processingInterleaved,
  endToEnd,
  latencyRest,
  latencyLoad,
  latencyLoadVisible,
  pages,
  lookupScale,
  memory,
  idleCpu,
  peerConnectInsert,
  peerConnectUpsert,
  peerSpark,
];
