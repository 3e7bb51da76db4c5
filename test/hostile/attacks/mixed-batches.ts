import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from '../../../p2p/network.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../../src/lib/secp256k1.ts';
import { TransactionType } from '../../../state/tx/transaction.ts';
import { type Attack, type Stage, sentByAll, type Target } from '../attack.ts';
import { joinGossip, signed, transferBody } from '../transactions.ts';

const BATCH = 100;
/** What a node looks at of a batch before the first verdict counts. */
const PART = 32;
/** Batches that spend the ration of a stranger, so that a node looks at no more than a part of those that follow. */
const SPENDING = 60;
const SPENDING_MS = 30;
const PAUSE_MS = 150;
/** The nonce of the last good transaction. There is a gap before the first, so nothing is ever paid. */
let nonce = 50n;

/** Envelopes of accounts without money, each another one. The form of their signature is all that is right about them. */
const unfunded = (target: Target): (() => Uint8Array) => {
  const envelope = unwrap(TransactionType.decode(signed(target, randomPrivateKey(), 0n, transferBody())));
  return () => TransactionType.encode({ ...envelope, from: addressOfPrivateKey(randomPrivateKey()) });
};

/**
 * Publishes batches with one good transaction each, until it is banned. A node that looked at a part only, and passed on the
 * whole, would be banned by the others for the garbage in the rest.
 */
const publishMixed = async (
  network: Network,
  target: Target,
  { keys: [key = randomPrivateKey()] }: Stage,
  signal: AbortSignal,
): Promise<number> => {
  const bad = unfunded(target);
  const fill = (count: number, make: () => Uint8Array): readonly Uint8Array[] =>
    Array.from({ length: count }, make);
  const next = (): readonly Uint8Array[] => {
    nonce += 1n;
    const good = signed(target, key, nonce, transferBody());
    return [good, ...fill(PART - 1, bad), ...fill(BATCH - PART, () => randomBytes(8))];
  };
  const isOver = (): boolean => signal.aborted || network.peers().length === 0;
  let sent = 0;
  for (let i = 0; !isOver(); i++) {
    const isSpending = i < SPENDING;
    const batch = isSpending ? fill(BATCH, bad) : next();
    network.publishTransactions(batch);
    sent += batch.reduce((sum, { length }) => sum + length, 0);
    await sleep(isSpending ? SPENDING_MS : PAUSE_MS);
  }
  return sent;
};

/** Comes back under another key when it was banned. */
const flood = async (target: Target, stage: Stage, signal: AbortSignal): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const network = await joinGossip(target);
    try {
      while (network.peers().length === 0 && !signal.aborted) await sleep(50);
      // The streams of gossip take a moment.
      await sleep(1_000);
      sent += await publishMixed(network, target, stage, signal);
    } finally {
      await network.stop();
    }
  }
  return sent;
};

export const attack: Attack = {
  name: 'mixed-batches',
  what: 'A stranger at every node spends its ration, and publishes batches of transactions with a good one before garbage.',
  run: async (stage, signal) => sentByAll(stage.nodes.map((node) => flood(node, stage, signal))),
};
