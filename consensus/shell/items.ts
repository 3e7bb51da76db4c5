/** What the turns of the runner work on, and where it stands between them. */
import type { Height } from '../../src/lib/brands.ts';
import type { Effect } from '../effects.ts';
import type { LogEntry } from './entries.ts';
import type { Admitted } from './intake.ts';
import type { UpcomingSets } from './ports.ts';

/** `committing`: the height is decided, and the application commits its block. `pausing`: the height has not begun. */
export type Phase = 'idle' | 'running' | 'committing' | 'pausing' | 'stopped';

export type Item =
  /** `entry` is its log entry, or `none` if a replay does not need it. */
  | {
      readonly type: 'take';
      readonly height: Height;
      readonly entry: LogEntry | 'none';
      readonly admitted: Admitted;
    }
  | { readonly type: 'perform'; readonly effects: readonly Effect[] }
  | { readonly type: 'committed'; readonly sets: UpcomingSets }
  | { readonly type: 'begin' };
