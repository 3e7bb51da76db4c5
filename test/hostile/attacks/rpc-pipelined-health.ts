import type { Attack } from '../attack.ts';
import { keepSockets, onEach } from '../http.ts';

const CONNECTIONS = 60;
const REQUESTS = 5_000;
/** As many as the second half of the connections have sent without an answer. */
const AT_A_TIME = 8;
const GET = 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n';

export const attack: Attack = {
  name: 'rpc-pipelined-health',
  what: `${CONNECTIONS} connections to each node send ${REQUESTS} GET /health each without waiting for an answer, or ${AT_A_TIME} at a time.`,
  run: ({ targets }, signal) =>
    onEach(targets, async (target) => {
      const all = keepSockets(
        target,
        CONNECTIONS / 2,
        async (socket) => {
          const text = GET.repeat(REQUESTS);
          socket.resume().write(text);
          return text.length;
        },
        signal,
      );
      const some = keepSockets(
        target,
        CONNECTIONS / 2,
        async (socket, gone) => {
          let sent = 0;
          const ask = (): void => {
            sent += GET.length;
            socket.write(GET);
          };
          for (let i = 0; i < AT_A_TIME; i++) ask();
          socket.on('data', (data: Buffer) => {
            for (let i = data.toString('latin1').split('HTTP/1.1 ').length; i > 1; i--) ask();
          });
          await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
          return sent;
        },
        signal,
      );
      return (await all) + (await some);
    }),
};
