import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { blockTarget, encodeMessage, FRESH, type Message, type Vote } from '../../../consensus/messages.ts';
import { VOTES } from '../../../p2p/protocols.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { comeBack } from '../stranger.ts';

const STRANGERS = 3;
/** Messages that are published before the event loop gets a turn. */
const BURST = 50;
const VALIDATORS = 4;

/** Asks the node for its height: what is too far ahead is not looked at. */
const heightOf = async (target: Target): Promise<bigint> => {
  const answer = await fetch(target.rpc, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'node_status', params: {} }),
    signal: AbortSignal.timeout(5_000),
  });
  const { result } = (await answer.json()) as { readonly result: { readonly height: string | number } };
  return BigInt(result.height);
};

const random = (below: number): number => Math.floor(Math.random() * below);

const forgedVote = (height: bigint, validator: number): Vote => ({
  type: random(2) === 0 ? 'prevote' : 'precommit',
  height: toHeight(height),
  round: toRound(random(5)),
  target: blockTarget(randomBytes(32) as Uint8Array as Root),
  validator,
  signature: randomBytes(64),
});

/**
 * Makes a message that nobody signed: a vote, a round certificate, a commit or a proposal. Its height is the present one or
 * one that is to come.
 */
const forged = (tip: bigint): Message => {
  const height = tip + 1n + BigInt(random(9));
  const vote = forgedVote(height, random(VALIDATORS));
  switch (random(4)) {
    case 0:
      return { type: 'vote', vote };
    case 1: {
      const votes = [0, 1, 2].map((validator) => ({ ...forgedVote(height, validator), round: vote.round }));
      return { type: 'round', certificate: { height: vote.height, round: vote.round, votes } };
    }
    case 2: {
      const signatures = [0, 1, 2].map(() => randomBytes(64));
      const blockHash = randomBytes(32) as Uint8Array as Root;
      const signers = [true, true, true, false];
      return {
        type: 'commit',
        commit: { height: vote.height, round: vote.round, blockHash, signers, signatures },
      };
    }
    default: {
      const id = randomBytes(32) as Uint8Array as Root;
      const { round, signature } = vote;
      const proposal = { height: vote.height, round, id, validRound: FRESH, signature };
      return { type: 'proposal', proposal, block: randomBytes(64 << 10) };
    }
  }
};

/** Publishes until it is banned or disconnected, then comes back under another key. */
const forge = (target: Target, signal: AbortSignal): Promise<number> =>
  comeBack(target, signal, {}, async (stranger) => {
    const tip = await heightOf(target);
    while (stranger.isConnected() && !signal.aborted) {
      for (let i = 0; i < BURST; i++) {
        const message = forged(tip);
        await stranger.publish(message.type === 'proposal' ? 'proposals' : 'votes', encodeMessage(message));
      }
      await stranger.ask(VOTES, { publicKey: randomBytes(32) });
      await sleep(1);
    }
  });

export const attack: Attack = {
  name: 'forged-votes',
  what: `${STRANGERS} strangers at each node publish forged votes, certificates and blocks of this height and of those to come, and come back under new keys.`,
  run: async ({ targets }, signal) => {
    const forgers = targets.flatMap((target) =>
      Array.from({ length: STRANGERS }, () => forge(target, signal)),
    );
    return sentByAll(forgers);
  },
};
