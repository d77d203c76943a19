import { Inject, Injectable, Optional } from '@nestjs/common';
import { ApiKeys } from '../../access/api-keys.js';
import { currentViewer } from '../../access/viewer.js';
import { problem, ProblemException } from '../../problem.js';
import { DeadLetterActions } from '../dead-letter-actions.js';

/** Who may change something through a page: where API keys are configured, who has signed in with one or types one. */
@Injectable()
export class FormAdmission {
  constructor(
    private readonly keys: ApiKeys,
    @Optional() @Inject(DeadLetterActions) private readonly actions?: DeadLetterActions,
  ) {}

  /** Whether forms ask for a key. */
  get needsKey(): boolean {
    return this.keys.areNeeded && currentViewer()?.mayOperate !== true;
  }

  /** @throws ProblemException 401 without a session or a configured key that may operate. */
  admit(form: Readonly<Record<string, unknown>>): void {
    if (!this.needsKey || this.mayOperate(form.apiKey)) return;
    const detail =
      'A valid API key is needed. Sign in with one that may operate, or go back and type it into the form.';
    throw new ProblemException(problem(401, detail));
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
