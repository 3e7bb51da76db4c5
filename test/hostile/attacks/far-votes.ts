import { encodeMessage, NIL } from '../../../consensus/messages.ts';
import { topicOf, VoteMessageType } from '../../../p2p/protocols.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { floodGossip } from '../gossip-flood.ts';
import { field, framed } from '../meshsub.ts';

const STRANGERS = 6;
/** Votes in a frame. */
const VOTES = 500;
/** No chain comes to it. */
const FAR = 1n << 40n;

/** A well-formed vote that nobody signed. It is ignored for its height, before anything else is looked at. */
const PAYLOAD = encodeMessage({
  type: 'vote',
  vote: {
    type: 'prevote',
    height: toHeight(FAR),
    round: toRound(0),
    target: NIL,
    validator: 0,
    signature: new Uint8Array(64),
  },
});

let made = 0;
/** Each is a new message by its number. */
const votes = (topic: Uint8Array): Uint8Array =>
  framed(
    concat(
      ...Array.from({ length: VOTES }, () => {
        made += 1;
        const vote = VoteMessageType.encode({ repetition: made, payload: PAYLOAD });
        return field(2, concat(field(2, vote), field(4, topic)));
      }),
    ),
  );

/** Every second stranger says that it is as far ahead as its votes, so that they are no offence. */
const flood = (target: Target, signal: AbortSignal, index: number): Promise<number> => {
  const topic = utf8(topicOf(target.genesisHash as Root, 'votes'));
  const height = (): bigint => (index % 2 === 0 ? 0n : FAR);
  return floodGossip(target, signal, () => votes(topic), 1, { height });
};

export const attack: Attack = {
  name: 'far-votes',
  what: `${STRANGERS} strangers at each node publish new votes of a height that is far ahead, which are ignored without a look at their signatures.`,
  run: async ({ targets }, signal) => {
    const floods = targets.flatMap((target) =>
      Array.from({ length: STRANGERS }, (_, i) => flood(target, signal, i)),
    );
    return sentByAll(floods);
  },
};
