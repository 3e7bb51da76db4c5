/** What a method is told about the call that it answers. */
import type { Result } from './codes.ts';
import type { Pace } from './pace.ts';
import type { Caller } from './rounds.ts';

export type Call = {
  /** Who calls, for a fair share of what is scarce. */
  readonly caller: Caller;
  /** Is called between pieces of long work. */
  readonly pace: Pace;
};

/** The same for a method that waits for others. */
export type AnsweredCall = Call & {
  /**
   * To be called when the waiting is over, before anything large is read: waits for a place among the few calls that work
   * at a time. It is kept until the answer is written. Fault `SERVER_BUSY`.
   */
  readonly work: () => Promise<Result<undefined>>;
};
