import { randomPrivateKey } from '../../../src/lib/secp256k1.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { contributionBody, gossip, send, signed, transferBody } from '../transactions.ts';

/** One in this many transactions is long. */
const LONG_EVERY = 20;

/** Transactions that are signed rightly, each of an account that nobody has ever paid. */
const unfunded = (target: Target): (() => Uint8Array) => {
  const [long, short] = [contributionBody(), transferBody()];
  let made = 0;
  return () => {
    made += 1;
    return signed(target, randomPrivateKey(), 0n, made % LONG_EVERY === 0 ? long : short);
  };
};

export const attack: Attack = {
  name: 'unfunded-transactions',
  what: 'Accounts without money sign transfers and contributions of 200 KB; two strangers gossip them to each node, and four callers send them.',
  run: async ({ targets }, signal) => {
    const senders = targets.flatMap((target) => [
      ...Array.from({ length: 2 }, () => gossip(target, signal, unfunded(target))),
      ...Array.from({ length: 4 }, () => send(target, signal, unfunded(target))),
    ]);
    return sentByAll(senders);
  },
};
