import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { type ClientSession, type Connection, type Model, mongo } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { partitionKey } from './checkpoint.schema.js';
import { StoreUnavailableError, storeError } from './errors.js';
import { OwnerSessionRecord } from './owner-session.schema.js';

/** The session in which one owner of a partition writes, one transaction after the other. */
export class OwnerSession {
  private current: 'idle' | 'busy' | 'in doubt' = 'idle';

  constructor(private readonly session: ClientSession) {}

  /** Its UUID in hexadecimal digits. */
  get id(): string {
    const { id } = this.session.id as { id: mongo.Binary };
    return id.toString('hex');
  }

  /** In doubt: the last transaction failed, and what became of it in the store is not known for certain. */
  get state(): 'idle' | 'busy' | 'in doubt' {
    return this.current;
  }

  /** StoreUnavailableError while another transaction runs in it: two at once would write into each other's. */
  async use<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    if (this.current === 'busy') {
      throw new StoreUnavailableError('an earlier micro-batch of the partition is still being written');
    }
    this.current = 'busy';
    try {
      const result = await work(this.session);
      this.current = 'idle';
      return result;
    } catch (error) {
      this.current = 'in doubt';
      throw error;
    }
  }
}

/** Unauthorized, CommandNotFound, APIStrictError, AtlasError: it does so every time. */
const REFUSALS = new Set([13, 59, 323, 8_000]);

/**
 * Who takes a partition over ends the session of its owner before, and with it the transaction that a dead or hanging
 * one has left open: what that has written to would be in conflict with every write until the store gives it up by
 * itself (`transactionLifetimeLimitSeconds`, 60). What guards the data is the checkpoint, not this.
 */
@Injectable()
export class OwnerSessions {
  private readonly logger = new Logger(OwnerSessions.name);
  /** This process's own. They are kept for their partitions: in the driver's pool one would be ended while a reader has it. */
  private readonly own = new Map<number, OwnerSession>();

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(OwnerSessionRecord.name) private readonly records: Model<OwnerSessionRecord>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Rejects with StoreUnavailableError while the store is down, and when another instance takes the partition over just now. */
  async take(partition: number): Promise<OwnerSession> {
    const _id = partitionKey(this.settings.kafka.ingestionTopic, partition);
    try {
      const former = await this.records.findById(_id).lean();
      const session = await this.sessionFor(partition);
      if (former?.session === session.id && session.state === 'idle') return session;
      if (former !== null) await this.end(partition, former.session);
      const mine = { session: session.id, at: new Date() };
      if (former === null) await this.records.create([{ _id, ...mine, stopped: null }]);
      else await this.replace(_id, former.session, mine);
      return session;
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * Puts on record why the partition has stopped, or that it goes on (null), unless it has another owner by now.
   * @throws StoreUnavailableError
   */
  async mark(partition: number, stopped: string | null): Promise<void> {
    const session = this.own.get(partition)?.id;
    if (session === undefined) return;
    const _id = partitionKey(this.settings.kafka.ingestionTopic, partition);
    try {
      await this.records.updateOne({ _id, session }, { $set: { stopped } });
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Why partitions have stopped, whichever instance had them. @throws StoreUnavailableError */
  async stopReasons(): Promise<Map<number, string>> {
    const { ingestionTopic } = this.settings.kafka;
    try {
      const found = await this.records.find({}, { stopped: 1 }).lean<Partial<OwnerSessionRecord>[]>();
      const reasons = new Map<number, string>();
      for (const { _id = '', stopped } of found) {
        const partition = Number(_id.slice(_id.lastIndexOf(':') + 1));
        const isOurs = _id === partitionKey(ingestionTopic, partition);
        if (isOurs && typeof stopped === 'string') reasons.set(partition, stopped);
      }
      return reasons;
    } catch (error) {
      throw storeError(error);
    }
  }

  private async replace(_id: string, former: string, mine: Omit<OwnerSessionRecord, '_id' | 'stopped'>): Promise<void> {
    const { matchedCount } = await this.records.updateOne({ _id, session: former }, { $set: mine });
    if (matchedCount === 0) throw new StoreUnavailableError('another instance takes the partition over');
  }

  /** The one from last time, unless a micro-batch from then is still in it. */
  private async sessionFor(partition: number): Promise<OwnerSession> {
    const last = this.own.get(partition);
    if (last !== undefined && last.state !== 'busy') return last;
    // All of it goes to the primary; the local store does not let a write say after which one it comes.
    const session = new OwnerSession(await this.connection.startSession({ causalConsistency: false }));
    this.own.set(partition, session);
    return session;
  }

  private async end(partition: number, session: string): Promise<void> {
    try {
      await this.connection.db?.admin().command({ killSessions: [{ id: mongo.UUID.createFromHexString(session) }] });
    } catch (error) {
      if (!(error instanceof mongo.MongoServerError && REFUSALS.has(Number(error.code)))) throw error;
      this.logger.warn(
        `the session of partition ${partition}'s owner before could not be ended (${error.message}): ` +
          'a transaction that it left open keeps the partition waiting until the store gives it up',
      );
    }
  }
}
