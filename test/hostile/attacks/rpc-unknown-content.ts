import { randomBytes } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { askAgain, CALLS, CONNECTIONS, getBatch } from '../content-calls.ts';

/** Half of a root, which each batch draws by chance. */
const HALF = '{half}';
const BATCH = getBatch(
  Array.from({ length: CALLS }, (_, i) => `0x${HALF}${i.toString(16).padStart(32, '0')}`),
);

export const attack: Attack = {
  name: 'rpc-unknown-content',
  what: `${CONNECTIONS} connections to each node, from two addresses, ask for batches of content that no block names.`,
  run: (stage, signal) =>
    askAgain(stage, () => BATCH.replaceAll(HALF, randomBytes(16).toString('hex')), signal),
};
