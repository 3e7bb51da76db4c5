import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { unwrap } from '../../../src/lib/errors.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../../src/lib/secp256k1.ts';
import { TransactionType } from '../../../state/tx/transaction.ts';
import { type Attack, type Stage, sentByAll, type Target } from '../attack.ts';
import { joinGossip, signed, transferBody } from '../transactions.ts';

/** The strangers at each node. One has spent its ration, so that its node looks at a part of each batch; the other has not. */
const STRANGERS = ['spent', 'fresh'] as const;
const BATCH = 100;
/** What a node looks at of a batch before the first verdict counts. */
const PART = 32;
/** Batches that spend a ration. */
const SPENDING = 40;
const PAUSE_MS = 150;
/** The nonce of the last good transaction. There is a gap before the first, so nothing is ever paid. */
let nonce = 50n;

/** Envelopes of accounts without money, each another one. The form of their signature is all that is right about them. */
const unfunded = (target: Target): (() => Uint8Array) => {
  const envelope = unwrap(TransactionType.decode(signed(target, randomPrivateKey(), 0n, transferBody())));
  return () => TransactionType.encode({ ...envelope, from: addressOfPrivateKey(randomPrivateKey()) });
};

/**
 * Publishes batches with one good transaction each. A node that looked at a part only, and passed on the whole, would be
 * banned by the others for the garbage in the rest, or spend its own ration at them for accounts without money.
 */
const flood = async (
  target: Target,
  { keys: [key = randomPrivateKey()] }: Stage,
  type: (typeof STRANGERS)[number],
  signal: AbortSignal,
): Promise<number> => {
  const network = await joinGossip(target);
  const bad = unfunded(target);
  let sent = 0;
  const publish = (batch: readonly Uint8Array[]): void => {
    if (network.peers().length === 0) return;
    network.publishTransactions(batch);
    sent += batch.reduce((sum, { length }) => sum + length, 0);
  };
  const fill = (count: number, make: () => Uint8Array): readonly Uint8Array[] =>
    Array.from({ length: count }, make);
  try {
    for (let i = 0; type === 'spent' && i < SPENDING && !signal.aborted; i++) {
      publish(fill(BATCH, bad));
      await sleep(PAUSE_MS / 4);
    }
    while (!signal.aborted) {
      nonce += 1n;
      const good = signed(target, key, nonce, transferBody());
      const garbage = (): Uint8Array => randomBytes(8);
      publish(
        type === 'spent'
          ? [good, ...fill(PART - 1, bad), ...fill(BATCH - PART, garbage)]
          : [good, ...fill(BATCH - 1, bad)],
      );
      await sleep(PAUSE_MS);
    }
  } finally {
    await network.stop();
  }
  return sent;
};

export const attack: Attack = {
  name: 'mixed-batches',
  what: 'Strangers at every node publish batches of transactions with a good one before garbage, or before accounts without money.',
  run: async (stage, signal) =>
    sentByAll(stage.nodes.flatMap((node) => STRANGERS.map((type) => flood(node, stage, type, signal)))),
};
