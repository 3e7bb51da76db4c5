import type { Attack, Stage } from '../attack.ts';
import { keepSockets, onEach } from '../http.ts';

const CONNECTIONS = 1_100;

/** @param from - the addresses that the connections come from */
export const keepIdle = (
  { targets }: Stage,
  signal: AbortSignal,
  from?: readonly string[],
): Promise<number> =>
  onEach(targets, (target) => keepSockets(target, CONNECTIONS, async () => 0, signal, from));

export const attack: Attack = {
  name: 'rpc-idle-connections',
  what: `${CONNECTIONS} connections to each node are opened and kept, and nothing is sent on them.`,
  run: (stage, signal) => keepIdle(stage, signal),
};
