/** Every attack of `npm run hostile`, in the order in which they run. */
import type { Attack } from './attack.ts';
import { attack as rpcCallFlood } from './attacks/rpc-call-flood.ts';

export const ATTACKS: readonly Attack[] = [rpcCallFlood];
