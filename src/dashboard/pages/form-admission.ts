import { Inject, Injectable, Optional } from '@nestjs/common';
import { ApiKeys } from '../../access/api-keys.js';
import { WrongKeyThrottle } from '../../access/key-throttle.js';
import { currentViewer } from '../../access/viewer.js';
import { problem, ProblemException } from '../../problem.js';
import { DeadLetterActions } from '../dead-letter-actions.js';

interface Allowed {
  actions: DeadLetterActions;
  key: string | null;
}

/** Who may change something through a page: where API keys are configured, who has signed in with one or types one. */
@Injectable()
export class FormAdmission {
  constructor(
    private readonly keys: ApiKeys,
    private readonly wrongKeys: WrongKeyThrottle,
    @Optional() @Inject(DeadLetterActions) private readonly actions?: DeadLetterActions,
  ) {}

  /** Whether forms ask for a key. */
  get needsKey(): boolean {
    return this.keys.areNeeded && currentViewer()?.mayOperate !== true;
  }

  /**
   * Resolves with the name of the key that allows it, null where there is none.
   * @throws ProblemException 401 without a session or a configured key that may operate, 429 after too many wrong ones.
   */
  async admit(form: Readonly<Record<string, unknown>>, address: string): Promise<string | null> {
    if (!this.needsKey) return currentViewer()?.name ?? null;
    const typed = typeof form.apiKey === 'string' ? form.apiKey : '';
    const key = this.keys.find(typed);
    if (key?.scopes.includes('operate') === true) return key.name;
    if (key === null && typed !== '') await this.wrongKeys.count(address);
    const detail =
      'A valid API key is needed. Sign in with one that may operate, or go back and type it into the form.';
    throw new ProblemException(problem(401, detail));
  }

  /** What the form may do, and the name of the key that allows it. @throws ProblemException 401 and 429 as above, 503 on an instance that can't. */
  async actionsFor(form: Readonly<Record<string, unknown>>, address: string): Promise<Allowed> {
    const key = await this.admit(form, address);
    if (this.actions === undefined) throw new ProblemException(problem(503, 'This instance does not replay.'));
    return { actions: this.actions, key };
  }
}
