/** A libp2p node that shakes hands as an honest one and then does as the test says. */

import type { Connection, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { ANSWER, answerFrame, readRequest, requestFrame, StreamReader } from '../../../p2p/frames.ts';
import { protocolId, STATUS } from '../../../p2p/protocols.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { concat } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { GENESIS } from './networks.ts';

export type Attacker = {
  readonly name: string;
  readonly connection: Connection;
  readonly open: (protocol: string) => Promise<Stream>;
  readonly isConnected: () => boolean;
  readonly redial: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type AttackerOptions = {
  /** Answers status requests, and tells its own: without it the victim lets it go after a while. */
  readonly shakesHands: boolean;
  /** Keeps a gossip stream open both ways and says nothing on them: without it the victim connects anew after a while. */
  readonly gossips?: boolean;
  /** What it does with a request it is asked. */
  readonly serves?: {
    readonly protocol: { readonly name: string };
    readonly answer: (stream: Stream) => void;
  };
};

/** The protocol of gossip that the library speaks first. */
export const MESHSUB = '/meshsub/1.2.0';

const status = STATUS.request.encode({
  chainId: 7n,
  genesisHash: GENESIS,
  height: toHeight(1_000n),
  version: 'attacker',
});

export const connectAttacker = async (target: string, options: AttackerOptions): Promise<Attacker> => {
  const libp2p = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
  const { serves, gossips = false } = options;
  if (gossips) await libp2p.handle(MESHSUB, (stream) => stream.addEventListener('message', () => undefined));
  if (options.shakesHands)
    await libp2p.handle(protocolId(GENESIS, STATUS), (stream) => {
      const reader = new StreamReader(stream);
      // The victim may be through with it by then.
      void readRequest(reader, 1 << 16, performance.now() + 5_000).then(async () => {
        if (stream.writeStatus !== 'writable') return;
        stream.send(concat(answerFrame(ANSWER.CHUNK, status), answerFrame(ANSWER.END, new Uint8Array(0))));
        await stream.close().catch(() => undefined);
      });
    });
  if (serves !== undefined)
    await libp2p.handle(protocolId(GENESIS, serves.protocol), (stream) => {
      stream.addEventListener('message', () => undefined);
      serves.answer(stream);
    });
  const connection = await libp2p.dial(multiaddr(target));
  if (options.shakesHands) {
    const stream = await connection.newStream(protocolId(GENESIS, STATUS));
    const reader = new StreamReader(stream);
    stream.send(requestFrame(status));
    unwrap(await reader.read(5, performance.now() + 5_000));
    await stream.close();
  }
  if (gossips) await connection.newStream(MESHSUB);
  return {
    name: libp2p.peerId.toString(),
    connection,
    open: (protocol) => connection.newStream(protocol, { maxOutboundStreams: 1_000 }),
    isConnected: () => libp2p.getConnections().length > 0,
    redial: async () => {
      await libp2p.dial(multiaddr(target), { force: true });
    },
    stop: async () => {
      await libp2p.stop();
    },
  };
};
