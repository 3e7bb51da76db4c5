import { expect, test } from 'vitest';
import { createBackend } from '../../../node/backend.ts';
import type { Peer } from '../../../p2p/types.ts';
import type { Waiting } from '../../../rpc/schemas/waiting.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type ContentObject, createRootOf } from '../../../src/content/objects.ts';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { backendParts } from './backend-parts.ts';

const PEER: Peer = {
  name: 'peer',
  address: '/ip4/127.0.0.1/tcp/1',
  direction: 'outbound',
  configured: true,
  height: toHeight(7n),
  version: '1',
  connectedAt: 0,
  penalty: 0,
};

test('what the node waits for is part of its status, and of what is wrong with it', async () => {
  const waiting: Waiting = {
    reason: 'peers',
    since: 5n,
    message: 'no peer is connected',
    data: { configured: 3, unresolved: [] },
  };
  const base = await backendParts({ watchman: { waiting: () => waiting, problems: () => [waiting] } });
  const backend = createBackend(base);
  expect(backend.status().waiting).toBe(waiting);
  expect(backend.problems()).toEqual([waiting]);
});

test('its status is that of its own database, its network and its consensus', async () => {
  const base = await backendParts({ network: { peers: () => [PEER, PEER] } });
  const backend = createBackend(base);
  const { height, stateRoot } = base.store.tip();
  expect(backend.status()).toEqual({
    height,
    round: 4,
    peers: 2,
    syncing: false,
    waiting: undefined,
  });
  expect(backend.head()).toEqual({ height, stateRoot });
  expect(backend.peers()[0]).toEqual({
    id: 'peer',
    address: PEER.address,
    direction: 'outbound',
    height: 7n,
  });
  expect(backend.mempool()).toEqual({ transactions: 0, bytes: 0, maxTransactions: 9, maxBytes: 99 });
});

const itemOf = (text: Uint8Array): ContentObject => ({
  type: 'item',
  rules: 2,
  text,
  promptTokens: 0,
  salt: new Uint8Array(32),
});

test('content that is put is offered to peers, and refused content is not', async () => {
  const offered: string[] = [];
  const arrived: string[] = [];
  const backend = createBackend(
    await backendParts({
      exchange: {
        arrived: (roots) => void arrived.push(...roots.map(toHex)),
        offer: async (roots) => {
          offered.push(...roots.map(toHex));
        },
        obtain: async () => false,
      },
    }),
  );
  const [root] = unwrap(await backend.putContent([itemOf(utf8('what is it'))], () => undefined));
  expect(offered).toEqual([toHex(root ?? new Uint8Array())]);
  expect(arrived).toEqual(offered);
  expect((await backend.putContent([itemOf(Uint8Array.of(0xff))], () => undefined)).ok).toBe(false);
  expect(offered).toHaveLength(1);
});

test('content that is not here is sought at the peers, if there are any', async () => {
  const elsewhere = itemOf(utf8('it was elsewhere'));
  const base = await backendParts();
  const sought: string[] = [];
  const seeking = (peers: readonly Peer[]) =>
    createBackend({
      ...base,
      network: { peers: () => peers },
      exchange: {
        arrived: () => undefined,
        offer: async () => undefined,
        obtain: async (root) => {
          sought.push(toHex(root));
          return (await base.content.put([elsewhere])).ok;
        },
      },
    });
  const root = unwrap(createRootOf(infoTable())(elsewhere));
  await base.content.show([{ root, items: 1 }], toHeight(1n));
  const sees = async (backend: ReturnType<typeof createBackend>, wanted: Root) => {
    await backend.seekContent(wanted);
    return backend.getContent(wanted);
  };
  expect(await sees(seeking([]), root)).toBeUndefined();
  expect(sought).toEqual([]);
  expect(await sees(seeking([PEER]), root)).toEqual(elsewhere);
  expect(sought).toEqual([toHex(root)]);
  const nowhere: Root = sha256(utf8('nowhere'));
  expect(await sees(createBackend({ ...base, network: { peers: () => [PEER] } }), nowhere)).toBeUndefined();
  // No block names it: an honest peer would not show it.
  expect(await sees(seeking([PEER]), nowhere)).toBeUndefined();
  expect(sought).toHaveLength(1);
});
