/** One thing at a time for each partition, in the order asked. */
export class PartitionLocks {
  private readonly tails = new Map<number, Promise<unknown>>();

  run<T>(partition: number, task: () => Promise<T>): Promise<T> {
    const result = (this.tails.get(partition) ?? Promise.resolve()).then(task);
    this.tails.set(
      partition,
      result.catch(() => undefined),
    );
    return result;
  }
}
