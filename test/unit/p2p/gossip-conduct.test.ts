import { expect, test } from 'vitest';
import { GossipConduct } from '../../../p2p/gossip-conduct.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import { quiet } from './networks.ts';

const stand = () => {
  const clock = { now: 0 };
  const now = (): number => clock.now;
  const scores = new PeerScores({ now, onOffence: () => undefined, onBan: () => undefined });
  const conduct = new GossipConduct({ scores, isConfigured: (peer) => peer === 'own', logger: quiet, now });
  const send = (peer: string, count: number): void => {
    for (let i = 0; i < count; i++) conduct.judged('votes', peer, 'old');
  };
  return { clock, scores, conduct, send };
};

test('a stranger that sends messages of decided heights without end is banned, each with its own ration', () => {
  const { scores, conduct, send } = stand();
  send('flood', 64);
  expect(scores.points('flood')).toBe(0);
  send('flood', 19);
  expect(conduct.isUnheard('votes', 'flood')).toBe(false);
  send('flood', 1);
  expect(conduct.isUnheard('votes', 'flood')).toBe(true);
  send('other', 64);
  expect(scores.points('other')).toBe(0);
});

test('a node that is behind, and repeats what it has for hours, is not penalised', () => {
  const { clock, scores, send } = stand();
  for (let seconds = 0; seconds < 7_200; seconds++) {
    clock.now = seconds * 1_000;
    send('behind', 16);
  }
  expect(scores.points('behind')).toBe(0);
});

test('a peer of the config is not penalised for them: its votes may be needed', () => {
  const { scores, conduct, send } = stand();
  send('own', 10_000);
  expect([scores.points('own'), conduct.isUnheard('votes', 'own')]).toEqual([0, false]);
});
