import { Inject, Injectable, Optional } from '@nestjs/common';
import { ApiKeys } from '../../access/api-keys.js';
import { problem, ProblemException } from '../../problem.js';
import { DeadLetterActions } from '../dead-letter-actions.js';

/** Who may change something through a page: where API keys are configured, who types one into the form. */
@Injectable()
export class FormAdmission {
  constructor(
    private readonly keys: ApiKeys,
    @Optional() @Inject(DeadLetterActions) private readonly actions?: DeadLetterActions,
  ) {}

  /** Whether forms ask for a key. */
  get needsKey(): boolean {
    return this.keys.areNeeded;
  }

  /** @throws ProblemException 401 without a configured key in the form. */
  admit(form: Readonly<Record<string, unknown>>): void {
    if (!this.keys.areNeeded || this.mayOperate(form.apiKey)) return;
    throw new ProblemException(problem(401, 'A valid API key is needed. Go back and type one into the form.'));
  }

  private mayOperate(key: unknown): boolean {
    return this.keys.scopesOf(typeof key === 'string' ? key : '').includes('operate');
  }

  /** What the form may do. @throws ProblemException 401 as above, 503 on an instance that can't. */
  actionsFor(form: Readonly<Record<string, unknown>>): DeadLetterActions {
    this.admit(form);
    if (this.actions === undefined) throw new ProblemException(problem(503, 'This instance does not replay.'));
    return this.actions;
  }
}
