/**
 * Why a rule refuses a value, in words for the person who sent it. The message never contains the value. Instances are
 * made once and reused, so that refusing a line costs no allocation.
 */
export class Refusal {
  constructor(readonly message: string) {}
}

/** For a field that must be there and is absent or null. */
export const REQUIRED = new Refusal('is required');
