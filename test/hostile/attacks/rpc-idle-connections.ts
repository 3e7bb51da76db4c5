import type { Attack } from '../attack.ts';
import { keepSockets, onEach } from '../http.ts';

const CONNECTIONS = 1_100;

export const attack: Attack = {
  name: 'rpc-idle-connections',
  what: `${CONNECTIONS} connections to each node are opened and kept, and nothing is sent on them.`,
  run: ({ targets }, signal) =>
    onEach(targets, (target) => keepSockets(target, CONNECTIONS, async () => 0, signal)),
};
