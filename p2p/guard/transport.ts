/**
 * Puts the gate between the TCP transport and libp2p. Of an inbound connection libp2p sees nothing until its opening bytes
 * have come, exactly as a node of this software sends them:
 *
 *     0x13 "/multistream/1.0.0\n" 0x07 "/noise\n"        28 bytes
 *
 * The other side of an outbound connection answers with the same bytes.
 */

import type { MultiaddrConnection, StreamMessageEvent, Transport, Upgrader } from '@libp2p/interface';
import { transportSymbol } from '@libp2p/interface';
import { hostKeyOf } from './addresses.ts';
import type { Gate } from './gate.ts';
import { Negotiation } from './negotiation.ts';

/** A connection is closed if it is not authenticated in this time. */
export const HALF_OPEN_MS = 5_000;
/** The one protocol that encrypts connections. */
const ENCRYPTION = '/noise';

const opening = (): Negotiation => new Negotiation({ ends: (line) => line === ENCRYPTION, lines: 1 });

/** Resolves when the opening bytes have come, and then all bytes are still to be read. Rejects at the first wrong one. */
const awaitOpening = (connection: MultiaddrConnection): Promise<void> =>
  new Promise((resolve, reject) => {
    if (connection.status !== 'open') {
      reject(new Error('closed before its opening bytes'));
      return;
    }
    const negotiation = opening();
    const chunks: Uint8Array[] = [];
    const end = (): void => {
      connection.removeEventListener('message', onMessage);
      connection.removeEventListener('close', onClose);
    };
    const onClose = (): void => {
      end();
      reject(new Error('closed before its opening bytes'));
    };
    const onMessage = ({ data }: StreamMessageEvent): void => {
      const bytes = data.subarray();
      chunks.push(bytes);
      const step = negotiation.feed(bytes);
      if (step.type === 'more') return;
      end();
      if (step.type === 'refused') {
        reject(new Error(`wrong opening bytes: ${step.reason}`));
        return;
      }
      try {
        connection.unshift(Buffer.concat(chunks));
        resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    connection.addEventListener('message', onMessage);
    connection.addEventListener('close', onClose);
  });

/** Aborts a connection whose other side answers with other bytes than the opening ones, before anybody reads them. */
const watchOpening = (connection: MultiaddrConnection): void => {
  const negotiation = opening();
  const onMessage = (event: StreamMessageEvent): void => {
    const step = negotiation.feed(event.data.subarray());
    if (step.type === 'more') return;
    connection.removeEventListener('message', onMessage);
    if (step.type === 'done') return;
    event.stopImmediatePropagation();
    connection.abort(new Error(`wrong opening bytes: ${step.reason}`));
  };
  connection.addEventListener('message', onMessage);
};

const guardedUpgrader = (upgrader: Upgrader, gate: Gate): Upgrader => ({
  createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
  getStreamMuxers: () => upgrader.getStreamMuxers(),
  getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
  upgradeInbound: async (
    connection: MultiaddrConnection,
    options: Parameters<Upgrader['upgradeInbound']>[1],
  ) => {
    const close = (reason: string): void => connection.abort(new Error(reason));
    const place = gate.enter(hostKeyOf(connection.remoteAddr), () =>
      close('another connection took its place'),
    );
    const timer = setTimeout(() => close('not authenticated in time'), HALF_OPEN_MS);
    try {
      await awaitOpening(connection);
      if (!gate.begin(place)) throw new Error('too many handshakes');
      await upgrader.upgradeInbound(connection, options);
    } finally {
      clearTimeout(timer);
      gate.leave(place);
    }
  },
  upgradeOutbound: (connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeOutbound']>[1]) => {
    watchOpening(connection);
    return upgrader.upgradeOutbound(connection, options);
  },
});

/** Returns the transport with the gate before it. */
export const guardedTransport = (transport: Transport, gate: Gate): Transport => ({
  [transportSymbol]: true,
  [Symbol.toStringTag]: transport[Symbol.toStringTag],
  listenFilter: (addresses) => transport.listenFilter(addresses),
  dialFilter: (addresses) => transport.dialFilter(addresses),
  dial: (address, options) =>
    transport.dial(address, { ...options, upgrader: guardedUpgrader(options.upgrader, gate) }),
  createListener: (options) =>
    transport.createListener({ ...options, upgrader: guardedUpgrader(options.upgrader, gate) }),
});
