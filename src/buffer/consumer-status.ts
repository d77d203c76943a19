/** How the consumer stands: what readiness and the pipeline page ask. */
export interface ConsumerStatus {
  state: 'starting' | 'running' | 'crashed' | 'stopped';
  assigned: number[];
  /** Partitions that stopped because going on would lose or double something, and why. */
  stopped: Map<number, string>;
  /** The dependency that is being waited for, by partition. */
  waiting: Map<number, string>;
}

/** Before the consumer has joined the group. */
export function initialStatus(): ConsumerStatus {
  return { state: 'starting', assigned: [], stopped: new Map(), waiting: new Map() };
}
