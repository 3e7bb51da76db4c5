/** Every attack of `npm run hostile`, in the order in which they run. */
import type { Attack } from './attack.ts';
import { attack as dearContributions } from './attacks/dear-contributions.ts';
import { attack as rpcCallFlood } from './attacks/rpc-call-flood.ts';
import { attack as syncFalseHeight } from './attacks/sync-false-height.ts';
import { attack as unfundedTransactions } from './attacks/unfunded-transactions.ts';

export const ATTACKS: readonly Attack[] = [
  dearContributions,
  rpcCallFlood,
  syncFalseHeight,
  unfundedTransactions,
];
