import type { Consumer } from 'kafkajs';

/**
 * Whether the group knows this member. kafkajs can take minutes to find out that the group has given a member up, or hang
 * in joining it again, and says nothing meanwhile; a member that went on would fence the new owner, who would fence it
 * in turn, and neither would get anywhere. So it counts as given up when the group has not answered it for a session.
 */
export class Membership {
  private heardAtMs = -Infinity;
  private followedAtMs = 0;
  private followed: Consumer | null = null;

  constructor(private readonly sessionTimeoutMs: number) {}

  /** From now on it is this consumer that is answered. */
  follow(consumer: Consumer): void {
    this.heardAtMs = -Infinity;
    this.followedAtMs = performance.now();
    this.followed = consumer;
    const heard = () => {
      if (consumer === this.followed) this.heardAtMs = performance.now();
    };
    consumer.on(consumer.events.GROUP_JOIN, heard);
    consumer.on(consumer.events.HEARTBEAT, heard);
  }

  get isCurrent(): boolean {
    return performance.now() - this.heardAtMs < this.sessionTimeoutMs;
  }

  /** How long the group has not answered, ms. */
  get silentMs(): number {
    return performance.now() - Math.max(this.heardAtMs, this.followedAtMs);
  }
}
