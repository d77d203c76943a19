import { Injectable } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import {
  ANY_DEAD_LETTER,
  type DeadLetterFilter,
  DeadLetterDesk,
  DeadLetterReader,
  type KeptDeadLetter,
  type ReplayJobView,
  type Who,
} from '../../store/index.js';
import { DeadLetterReplay, type Replayed } from './dead-letter-replay.js';
import { ReplayJobRuns } from './replay-job-runs.js';

/** How many dead letters are replayed before the request is answered; more are replayed in the background. */
const AT_ONCE_MAX = 100;
const AT_ONCE_TIMEOUT_MS = 20_000;

/** What people do with dead letters, whichever way they ask for it. */
@Injectable()
export class DeadLetterService {
  constructor(
    private readonly reader: DeadLetterReader,
    private readonly desk: DeadLetterDesk,
    private readonly single: DeadLetterReplay,
    private readonly runs: ReplayJobRuns,
  ) {}

  /** @throws ProblemException 404. */
  async find(id: string): Promise<KeptDeadLetter> {
    const letter = await this.reader.find(id);
    if (letter === null) throw new ProblemException(problem(404, 'there is no dead letter with this id'));
    return letter;
  }

  /** Replays one; see DeadLetterReplay for what it guarantees and refuses. */
  async replay(id: string, item: unknown, who: Who): Promise<Replayed> {
    return this.single.replay(await this.find(id), item, who);
  }

  count(filter: DeadLetterFilter): Promise<number> {
    return this.desk.count(filter);
  }

  /** Replays all that match as they are; null when none does. A hundred at most are done when this resolves, unless they take more than 20 s. */
  async replayMatching(filter: DeadLetterFilter, who: Who): Promise<ReplayJobView | null> {
    const matched = await this.desk.count(filter);
    if (matched === 0) return null;
    const job = await this.runs.start(filter, who, matched);
    return matched > AT_ONCE_MAX ? job : this.runs.endOf(job, AT_ONCE_TIMEOUT_MS);
  }

  /** Gives one up; one that is given up already stays so. @throws ProblemException 404, 409 while a replay has it. */
  async discard(id: string, who: Who): Promise<void> {
    if ((await this.desk.discard({ ...ANY_DEAD_LETTER, ids: [id] }, who)) > 0) return;
    const { isTaken } = await this.find(id);
    if (isTaken) {
      const detail = 'a background replay has this dead letter; wait until it is done, or stop it';
      throw new ProblemException(problem(409, detail));
    }
  }

  /** Gives up all that match; resolves with how many they were. */
  discardMatching(filter: DeadLetterFilter, who: Who): Promise<number> {
    return this.desk.discard(filter, who);
  }
}
