import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { multiaddr } from '@multiformats/multiaddr';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { GOSSIP_PROTOCOL } from '../../../../p2p/gossip-streams.ts';
import { createNetwork, type Network } from '../../../../p2p/network.ts';
import { protocolId, STATUS } from '../../../../p2p/protocols.ts';
import { concat, utf8 } from '../../../../src/lib/bytes.ts';
import { connectRawStranger, type RawStranger, yamuxHeader } from '../../../hostile/raw-stranger.ts';
import { connectAttacker } from '../attacker.ts';
import { GENESIS, optionsOf, until } from '../networks.ts';

const HEADER = utf8('\x13/multistream/1.0.0\n');
const ENDLESS = new Uint8Array(70_000).fill(0xff);

let victim: Network;
let address = '';

beforeEach(async () => {
  victim = await createNetwork(optionsOf('victim'));
  await victim.start();
  address = victim.addresses()[0] ?? '';
  return () => victim.stop();
});

type Raw = { readonly socket: Socket; received: number; closed: boolean };

/** A TCP connection to the victim that sends these bytes and nothing more. */
const raw = async (bytes: Uint8Array): Promise<Raw> => {
  const [, port] = multiaddr(address).getComponents();
  const socket = connect(Number(port?.value), '127.0.0.1');
  const seen: Raw = { socket, received: 0, closed: false };
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    seen.received += data.length;
  });
  socket.on('close', () => {
    seen.closed = true;
  });
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  if (bytes.length > 0) socket.write(bytes);
  return seen;
};

const stranger = async (options: Parameters<typeof connectRawStranger>[1] = {}): Promise<RawStranger> => {
  const found = await connectRawStranger(address, options);
  onTestFinished(found.stop);
  return found;
};

/** An honest peer, which must find the victim as it was. */
const servesStatus = async (): Promise<void> => {
  const peer = await connectAttacker(address, { shakesHands: true });
  onTestFinished(peer.stop);
};

describe('before a connection is authenticated', () => {
  test.each([
    ['a length that does not end', ENDLESS],
    ['the header, and then a length that does not end', concat(HEADER, ENDLESS)],
    ['a request for the list of protocols', concat(HEADER, utf8('\x03ls\n'))],
    ['a protocol that no node has', concat(HEADER, utf8('\x05/tls\n'))],
    ['a request of another protocol', utf8('GET / HTTP/1.1\r\n\r\n')],
  ])('%s: closed at once, and before a silent connection that is older', async (_, bytes) => {
    const silent = await raw(new Uint8Array(0));
    const wrong = await raw(bytes);
    await until(() => wrong.closed, 'it is closed');
    expect(wrong.received).toBe(0);
    expect(silent.closed).toBe(false);
  });

  test('the opening bytes may come one by one', async () => {
    const slow = await raw(new Uint8Array(0));
    for (const byte of concat(HEADER, utf8('\x07/noise\n'))) {
      slow.socket.write(Uint8Array.of(byte));
      await sleep(1);
    }
    await until(() => slow.received > 0, 'it is answered');
    expect(slow.closed).toBe(false);
  });

  test('a handshake that does not end is cut when it is too long', async () => {
    const silent = await raw(new Uint8Array(0));
    const wrong = await raw(concat(HEADER, utf8('\x07/noise\n'), new Uint8Array(17_000).fill(0xff)));
    await until(() => wrong.closed, 'it is closed');
    expect(silent.closed).toBe(false);
  });

  test('300 silent connections, which come back when they are closed, keep no honest peer out', async () => {
    let flooding = true;
    let opened = 0;
    const [, port] = multiaddr(address).getComponents();
    const again = (): void => {
      if (!flooding) return;
      opened += 1;
      const socket = connect(Number(port?.value), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.once('close', () => setTimeout(again, 20));
      onTestFinished(() => {
        socket.destroy();
      });
    };
    onTestFinished(() => {
      flooding = false;
    });
    for (let i = 0; i < 300; i++) again();
    await until(() => opened > 400, 'the places are full');
    const sibling = await createNetwork(optionsOf('sibling', { peers: victim.addresses() }));
    onTestFinished(sibling.stop);
    await sibling.start();
    await until(
      () => sibling.peers().length === 1 && victim.peers().length === 1,
      'the sibling is connected',
    );
  });
});

describe('an authenticated stranger', () => {
  const isDisconnected = async (peer: RawStranger): Promise<boolean> => {
    await until(() => !peer.isConnected(), 'it is disconnected');
    await servesStatus();
    return true;
  };

  test('that sends a length that does not end on a stream is disconnected', async () => {
    const peer = await stranger();
    const stream = await peer.openRaw();
    stream.send(ENDLESS);
    expect(await isDisconnected(peer)).toBe(true);
  });

  test('that proposes protocols without end is disconnected', async () => {
    const peer = await stranger();
    const stream = await peer.openRaw();
    stream.send(concat(HEADER, ...Array.from({ length: 100 }, () => utf8('\x03/x\n'))));
    expect(await isDisconnected(peer)).toBe(true);
  });

  test('that answers a proposal with a length that does not end is disconnected', async () => {
    const peer = await stranger({ onStream: (stream) => stream.send(concat(HEADER, ENDLESS)) });
    expect(await isDisconnected(peer)).toBe(true);
  });

  test('is asked for its status and for gossip, and not who it is', async () => {
    const asked = new Set<string>();
    await stranger({
      onStream: (stream) =>
        stream.addEventListener('message', ({ data }) => {
          const [, line = ''] =
            /\/multistream\/1\.0\.0\n.(.*)\n/s.exec(Buffer.from(data.subarray()).toString()) ?? [];
          asked.add(line);
        }),
    });
    await until(
      () => asked.has(protocolId(GENESIS, STATUS)) && asked.has(GOSSIP_PROTOCOL),
      'the node has opened its streams',
    );
    await servesStatus();
    expect([...asked].filter((line) => line.startsWith('/ipfs/id/'))).toEqual([]);
  });

  test('that sends more pings on a stream than anybody has to is disconnected', async () => {
    const peer = await stranger();
    const stream = await peer.openRaw();
    stream.send(concat(HEADER, utf8('\x11/ipfs/ping/1.0.0\n'), new Uint8Array(32)));
    await until(() => peer.isConnected(), 'it is connected');
    stream.send(new Uint8Array(2_000));
    expect(await isDisconnected(peer)).toBe(true);
  });

  test('that names a frame of 4 GiB is disconnected before it sends it', async () => {
    const peer = await stranger();
    peer.encrypted.send(yamuxHeader(0, 1, 1_001, 0xffff_ffff));
    expect(await isDisconnected(peer)).toBe(true);
  });

  test('that floods with pings is disconnected', async () => {
    const peer = await stranger();
    peer.encrypted.send(concat(...Array.from({ length: 1_000 }, (_, i) => yamuxHeader(2, 1, 0, i))));
    expect(await isDisconnected(peer)).toBe(true);
  });

  test('that sends frames of no use is read at its pace, and not faster', async () => {
    const peer = await stranger();
    const start = performance.now();
    let answeredAfter = 0;
    peer.onPong(() => {
      answeredAfter = performance.now() - start;
    });
    // What a stranger may send at once, and a second's worth more.
    const useless = concat(yamuxHeader(0, 0, 1_001, 1), Uint8Array.of(0));
    peer.encrypted.send(concat(...Array.from({ length: 8_192 + 2_048 }, () => useless)));
    peer.encrypted.send(yamuxHeader(2, 1, 0, 77));
    await until(() => answeredAfter > 0, 'its ping is answered');
    expect(answeredAfter).toBeGreaterThan(500);
  });

  test('that breaks the protocol while it is not read ends its own connection, and nothing else', async () => {
    const peer = await stranger();
    // Enough to pause it at once, and what is wrong right behind, so that it is read when the pause is over.
    peer.encrypted.send(concat(...Array.from({ length: 300 }, (_, i) => yamuxHeader(1, 1, 2 * i + 101, 0))));
    peer.encrypted.send(concat(...Array.from({ length: 100 }, (_, i) => yamuxHeader(2, 1, 0, i))));
    expect(await isDisconnected(peer)).toBe(true);
  });

  test('may propose a protocol that no node has, and then one that it has', async () => {
    const peer = await connectAttacker(address, { shakesHands: true });
    onTestFinished(peer.stop);
    const stream = await peer.connection.newStream(['/other/1', protocolId(GENESIS, STATUS)]);
    expect(stream.protocol).toBe(protocolId(GENESIS, STATUS));
  });

  test('has two connections at most: the oldest gives way', async () => {
    const peer = await connectAttacker(address, { shakesHands: true });
    onTestFinished(peer.stop);
    for (let i = 0; i < 3; i++) await peer.redial();
    await until(() => peer.connection.status !== 'open', 'the first is closed');
    expect(peer.isConnected()).toBe(true);
  });
});
