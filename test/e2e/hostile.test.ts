/** Strangers at two of four real nodes, for a moment each: the whole is `npm run hostile`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTACKS } from '../hostile/attacks.ts';
import { measure } from '../hostile/measure.ts';
import { type HostileNetwork, startHostileNetwork } from '../hostile/network.ts';
import { attackOnce } from '../hostile/run.ts';

/**
 * One attack of each kind: before the handshake, after it, at gossip, at the RPC, at the mempool, at block sync. This is about
 * memory, and about answers to honest users. It does not show that `announcements` leave transactions their turn: whoever
 * proposes a block brings the transactions with it, so they are executed also if gossip never passes one on. The tests of
 * turns and rations in test/unit/p2p/gossip.test.ts show that.
 */
const KINDS = [
  'varint-flood',
  'stream-varint',
  'announcements',
  'rpc-many-values',
  'unfunded-transactions',
  'sync-false-height',
];
const SECONDS = 2;
/** Far above what a node takes, and far below what the attacks took before they were bounded. */
const MEMORY_MB = 700;

let network: HostileNetwork;
beforeAll(async () => {
  network = await startHostileNetwork();
});
afterAll(() => network.stop());

test.each(KINDS)('%s stops no node', async (name) => {
  const attack = ATTACKS.find((each) => each.name === name);
  if (attack === undefined) throw new Error(`no attack is named ${name}`);
  let seconds = SECONDS;
  let { bytes, seen } = await attackOnce(network, attack, seconds);
  // On a busy machine an attacker may not even have shaken hands by then.
  while (bytes === 0) {
    seconds *= 2;
    ({ bytes, seen } = await attackOnce(network, attack, seconds));
  }
  expect(seen.peakRssMB ?? 0).toBeLessThan(MEMORY_MB);
  expect(seen.calls).toBeGreaterThan(seen.unanswered);
});

test('a node that ends is noticed at once, however long was to be measured', async () => {
  const [first] = network.attacked;
  if (first === undefined) throw new Error('no node is attacked');
  const measured = measure(network, 9_999);
  process.kill(first.pid, 'SIGKILL');
  await expect(measured).rejects.toThrow(`${first.name} ended`);
});
