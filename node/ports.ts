import { createServer } from 'node:net';
import { CodedError } from '../src/lib/errors.ts';
import { fault } from './errors.ts';

/**
 * The last port that a search chooses, and the highest base. The ports that follow it are still below 32768, where the
 * ports begin that Linux gives to outgoing connections.
 */
export const BASE_PORT_MAX = 32_000;
const FIRST = 20_000;

/** Returns whether nothing listens on the port of this host now. */
export const isPortFree = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * Returns `count` free ports. With a `base` they are consecutive from it on. Without one the search starts at a random
 * port, so that processes rarely collide.
 * @throws CodedError `PORT_IN_USE` if one of the ports from `base` on is not free, `PORT_NONE_FREE`
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
