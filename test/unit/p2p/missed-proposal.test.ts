/** Whom a node asks first for a proposal that it missed. It waits here for no peer, so that no machine is too slow. */
import type timers from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { optionsOf, startMesh } from './networks.ts';

/** The time after which a node asks the next peer as well. */
const NEXT_PEER_MS = 150;

vi.mock('node:timers/promises', async (importOriginal) => {
  const original = await importOriginal<typeof timers>();
  return {
    ...original,
    setTimeout: (ms: number, ...rest: []) =>
      ms === NEXT_PEER_MS ? new Promise(() => undefined) : original.setTimeout(ms, ...rest),
  };
});

test('a missed proposal is asked of the peers of the config before any other', async () => {
  const proposal = Uint8Array.of(1, 2, 3);
  const request = { height: toHeight(4n), round: toRound(2), id: sha256(proposal) };
  let strangersAsked = 0;
  const having = (name: string, answer: () => Uint8Array | undefined) =>
    optionsOf(name, {
      sources: { ...optionsOf(name).sources, proposals: { proposal: answer } },
    });
  const stranger = (name: string) =>
    having(name, () => {
      strangersAsked += 1;
      return undefined;
    });
  // The second node has the first one in its config, and not those that come after it.
  const all = [having('holder', () => proposal), optionsOf('asker'), ...['c', 'd', 'e', 'f'].map(stranger)];
  const networks = await startMesh(all);
  onTestFinished(async () => {
    await Promise.all(networks.map((network) => network.stop()));
  });
  const [holder, asker] = networks;
  for (let i = 0; i < 8; i++) expect((await asker?.requestProposal(request))?.peer).toBe(holder?.name);
  expect(strangersAsked).toBe(0);
});
