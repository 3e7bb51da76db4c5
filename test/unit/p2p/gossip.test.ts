import { type GossipsubMessage, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { PeerId } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { expect, test } from 'vitest';
import { ANNOUNCED } from '../../../p2p/announcement-pace.ts';
import { Gossip, type Router } from '../../../p2p/gossip.ts';
import {
  AnnouncementMessageType,
  AnnouncementType,
  type TopicName,
  TransactionsMessageType,
  topicOf,
  VoteMessageType,
} from '../../../p2p/protocols.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import type { Verdict } from '../../../p2p/types.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { quiet } from './networks.ts';

const GENESIS_HASH = new Uint8Array(32) as Root;
const peer = async (n: number): Promise<PeerId> =>
  peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(n)));
const [one, other] = [await peer(1), await peer(2)];
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const ANNOUNCEMENT = AnnouncementType.encode({ holder: '', roots: [GENESIS_HASH] });

/** The gossip of a node, with a router whose messages come from the test. */
const stand = (verdict: Verdict = 'ignore') => {
  const served: TopicName[] = [];
  const results: TopicValidatorResult[] = [];
  const published: Uint8Array[] = [];
  const serve = (name: TopicName) => (): Verdict => {
    served.push(name);
    return verdict;
  };
  const listeners = new Set<Parameters<Router['addEventListener']>[1]>();
  const router: Router = {
    subscribe: () => undefined,
    publish: async (_topic, data) => {
      if (data !== undefined) published.push(data);
      return { recipients: [] };
    },
    reportMessageValidationResult: (_id, _from, result) => results.push(result),
    addEventListener: (_type, listener) => listeners.add(listener),
    removeEventListener: (_type, listener) => listeners.delete(listener),
  };
  const banned: string[] = [];
  let time = 0;
  const now = (): number => time;
  const scores = new PeerScores({
    now,
    onOffence: () => undefined,
    onBan: (peer) => banned.push(peer),
  });
  const gossip = new Gossip({
    router,
    genesisHash: GENESIS_HASH,
    handlers: {
      votes: serve('votes'),
      proposals: serve('proposals'),
      transactions: serve('transactions'),
    },
    onAnnouncement: serve('content'),
    scores,
    isConfigured: () => false,
    isFarAhead: () => false,
    nodes: () => 4,
    logger: quiet,
    now,
  });
  gossip.start();
  let received = 0;
  const receive = (name: TopicName, data: Uint8Array, from: PeerId): void => {
    const detail: GossipsubMessage = {
      propagationSource: from,
      msgId: String(received++),
      msg: { type: 'unsigned', topic: topicOf(GENESIS_HASH, name), data },
    };
    for (const listener of listeners) listener(new CustomEvent('gossipsub:message', { detail }));
  };
  return {
    gossip,
    published,
    served,
    results,
    banned,
    /** Time passes only here. */
    pass: (ms: number) => {
      time += ms;
    },
    announce: (from: PeerId) =>
      receive('content', AnnouncementMessageType.encode({ repetition: 1, payload: ANNOUNCEMENT }), from),
    transact: (from: PeerId) =>
      receive('transactions', TransactionsMessageType.encode([new Uint8Array(9)]), from),
    vote: (from: PeerId) =>
      receive('votes', VoteMessageType.encode({ repetition: 0, payload: new Uint8Array(9) }), from),
    scores,
  };
};

test('content and transactions take turns, whichever has more', async () => {
  const { served, announce, transact } = stand();
  for (let i = 0; i < 50; i++) announce(one);
  for (let i = 0; i < 5; i++) transact(other);
  while (served.length < 55) await turn();
  expect(served.slice(0, 10)).toEqual(Array.from({ length: 5 }, () => ['content', 'transactions']).flat());
  served.length = 0;
  for (let i = 0; i < 50; i++) transact(other);
  for (let i = 0; i < 5; i++) announce(one);
  while (served.length < 55) await turn();
  expect(served.slice(0, 10)).toEqual(Array.from({ length: 5 }, () => ['transactions', 'content']).flat());
});

test('an announcement past the ration of a stranger is not handled, and the stranger is banned soon', async () => {
  const { served, results, banned, announce, transact } = stand();
  for (let i = 0; i < 200; i++) announce(one);
  await turn();
  await turn();
  for (let i = 0; i < 200; i++) announce(one);
  transact(other);
  announce(other);
  while (!served.includes('transactions')) await turn();
  expect(banned).toEqual([one.toString()]);
  expect(served.filter((name) => name === 'content').length).toBeLessThanOrEqual(ANNOUNCED.heard.burst + 1);
  expect(results.every((result) => result === TopicValidatorResult.Ignore)).toBe(true);
});

test('only so many announcements are forwarded as peers hear from an honest node, however useful they are', async () => {
  const { served, results, announce, pass } = stand('accept');
  const peers = await Promise.all(Array.from({ length: 10 }, (_, n) => peer(n)));
  const forwarded = async (): Promise<number> => {
    served.length = 0;
    results.length = 0;
    for (const from of peers) for (let i = 0; i < 10; i++) announce(from);
    while (served.length < 100) await turn();
    return results.filter((result) => result === TopicValidatorResult.Accept).length;
  };
  expect(await forwarded()).toBe(ANNOUNCED.forwarded.burst);
  pass(1_000);
  expect(await forwarded()).toBe(ANNOUNCED.forwarded.perSecond);
});

test('no announcement is forwarded that its handler has not accepted', async () => {
  const { served, results, announce } = stand('ignore');
  for (let i = 0; i < 10; i++) announce(one);
  while (served.length < 10) await turn();
  expect(new Set(results)).toEqual(new Set([TopicValidatorResult.Ignore]));
});

test('votes that are only ignored ban a stranger, and those that it had sent before count no more once it is banned', async () => {
  const { served, banned, vote, transact, scores, pass } = stand('ignore');
  for (let i = 0; i < 4_000; i++) vote(one);
  transact(other);
  while (!served.includes('transactions')) await turn();
  expect(banned).toEqual([one.toString()]);
  for (let i = 0; i < 100; i++) vote(one);
  pass(60_000);
  expect(scores.points(one.toString())).toBe(50);
});

test('nobody can know the bytes of an announcement before it is published', async () => {
  const { gossip, published } = stand();
  for (let i = 0; i < 20; i++) await gossip.announce({ holder: 'a', roots: [GENESIS_HASH] });
  const messages = published.map((data) => AnnouncementMessageType.decode(data));
  expect(new Set(messages.map((message) => (message.ok ? message.value.repetition : 0))).size).toBe(20);
  expect(messages.every((message) => message.ok && message.value.repetition > 0)).toBe(true);
});
