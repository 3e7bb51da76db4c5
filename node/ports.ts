import { createServer } from 'node:net';
import { CodedError } from '../src/lib/errors.ts';
import { fault } from './errors.ts';

/**
 * The last port that a search chooses, and that a base may be: those that follow a base still lie below 32768, from
 * where up Linux hands ports out to outgoing connections.
 */
export const BASE_PORT_MAX = 32_000;
const FIRST = 20_000;

/** Whether nothing listens on the port of this host now. */
export const isPortFree = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * `count` free ports, in order. From `base` on they are consecutive and every one must be free, or
 * `PORT_IN_USE`; without a base the search starts at a place that differs from process to process.
 */
export const chooseFreePorts = async (count: number, base?: number): Promise<readonly number[]> => {
  const found: number[] = [];
  if (base !== undefined) {
    for (let port = base; port < base + count; port++) {
      if (!(await isPortFree(port)))
        throw new CodedError(
          fault('PORT_IN_USE', `port ${port} is in use; choose another --base-port`, { port }),
        );
      found.push(port);
    }
    return found;
  }
  const span = BASE_PORT_MAX + 1 - FIRST;
  const start = Math.floor(Math.random() * span);
  for (let i = 0; i < span && found.length < count; i++) {
    const port = FIRST + ((start + i) % span);
    if (await isPortFree(port)) found.push(port);
  }
  if (found.length < count)
    throw new CodedError(
      fault('PORT_NONE_FREE', `fewer than ${count} ports are free from ${FIRST} to ${BASE_PORT_MAX}`),
    );
  return found;
};
