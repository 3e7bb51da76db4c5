/** Every attack of `npm run hostile`, in the order in which they run. */
import type { Attack } from './attack.ts';
import { attack as rpcCallFlood } from './attacks/rpc-call-flood.ts';
import { attack as syncFalseHeight } from './attacks/sync-false-height.ts';

export const ATTACKS: readonly Attack[] = [rpcCallFlood, syncFalseHeight];
