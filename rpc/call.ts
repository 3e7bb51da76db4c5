/** What a method is told about the call that it answers. */
import type { Caller } from './fair-slots.ts';
import type { Pace } from './pace.ts';

export type Call = {
  /** Who calls, for a fair share of what is scarce. */
  readonly caller: Caller;
  /** Is called between pieces of long work. */
  readonly pace: Pace;
};
