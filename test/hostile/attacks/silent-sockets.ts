import type { Attack } from '../attack.ts';
import { keepOpen } from '../raw-socket.ts';

const CONNECTIONS = 400;

export const attack: Attack = {
  name: 'silent-sockets',
  what: `${CONNECTIONS} connections to each node send nothing, and come back when they are closed.`,
  run: ({ targets }, signal) => keepOpen(targets, CONNECTIONS, signal, () => []),
};
