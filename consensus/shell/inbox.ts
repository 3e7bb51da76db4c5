/**
 * What to make of a message from the network, before anything is done with it. Cheap questions come first: is it of a
 * height at hand, is it news? Then the signatures. Only what is provably wrong is held against the peer that sent it.
 */
import type { ValidatorSet } from '../../src/lib/chain.ts';
import { type Core, proposalUse } from '../core.ts';
import { type ConsensusCode, type Fault, fault } from '../errors.ts';
import { type Domain, decodeMessage, heightOf, type Message } from '../messages.ts';
import { MAX_HEIGHTS_AHEAD } from './future.ts';
import { type Admitted, admitMessage } from './intake.ts';
import type { Topic } from './ports.ts';

export type Place = {
  readonly domain: Domain;
  readonly core: Core;
  /** The height that is under way, or about to begin. */
  readonly height: bigint;
  /** Those of `height`. */
  readonly validators: ValidatorSet;
  /** `pausing`: `height` has not begun. `committing`: it is decided. */
  readonly phase: 'running' | 'committing' | 'pausing';
  /** Has its sender said too much of heights to come that does not verify? */
  readonly doubted: boolean;
};

export type Judged =
  | { readonly tag: 'take'; readonly message: Message; readonly admitted: Admitted }
  /** Of a height to come: to be kept, and judged again then. */
  | { readonly tag: 'keep'; readonly message: Message; readonly height: bigint }
  /** Its sender has not decided a height that is decided here. */
  | { readonly tag: 'late'; readonly height: bigint }
  /** Of a height to come, and does not verify: wrong, or right for validators that are not known yet. */
  | { readonly tag: 'doubtful'; readonly fault: Fault }
  | { readonly tag: 'ignore'; readonly fault: Fault }
  | { readonly tag: 'reject'; readonly fault: Fault };

const ignore = (code: ConsensusCode, message: string): Judged => ({
  tag: 'ignore',
  fault: fault(code, message),
});
const reject = (f: Fault): Judged => ({ tag: 'reject', fault: f });

export const judge = (place: Place, topic: Topic, bytes: Uint8Array): Judged => {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) return reject(decoded.fault);
  const message = decoded.value;
  if ((message.tag === 'proposal') !== (topic === 'proposal'))
    return reject(fault('MESSAGE_TOPIC', `a ${message.tag} does not belong on the topic ${topic}`));
  const height = heightOf(message);
  const present = place.phase === 'committing' ? place.height + 1n : place.height;
  if (height < present)
    return message.tag === 'vote'
      ? { tag: 'late', height }
      : ignore('MESSAGE_OLD', 'of a height that is decided');
  if (height > present || place.phase !== 'running') return judgeEarly(place, message, height);
  return judgePresent(place, message);
};

const judgePresent = (place: Place, message: Message): Judged => {
  const use = useOf(place.core, message);
  if (use !== 'take') return ignore('MESSAGE_USELESS', `of no use here: ${use}`);
  const admitted = admitMessage(place, message);
  return admitted.ok ? { tag: 'take', message, admitted: admitted.value } : reject(admitted.fault);
};

/** The validators of a height further on may be others: what does not verify against these may be right then. */
const judgeEarly = (place: Place, message: Message, height: bigint): Judged => {
  if (height > place.height + MAX_HEIGHTS_AHEAD) return ignore('MESSAGE_FAR', 'of a height too far ahead');
  const certain = place.phase === 'pausing' && height === place.height;
  // What is held against nobody costs its sender nothing, and a signature that is wrong costs the most to check.
  if (place.doubted && !certain) return ignore('MESSAGE_DOUBTED', 'its sender has sent what does not verify');
  const admitted = admitMessage({ ...place, height }, message);
  if (admitted.ok) return { tag: 'keep', message, height };
  return certain ? reject(admitted.fault) : { tag: 'doubtful', fault: admitted.fault };
};

const useOf = (core: Core, message: Message): 'take' | 'known' | 'refused' | 'far' => {
  switch (message.tag) {
    case 'vote':
      return core.votes.use(message.vote, 'single', core.state.round);
    case 'round': {
      const { votes } = message.certificate;
      return votes.some((vote) => core.votes.use(vote, 'single', core.state.round) === 'take')
        ? 'take'
        : 'known';
    }
    case 'polka':
      return core.votes.quorumBlock('prevote', message.polka.round) === 'none' ? 'take' : 'known';
    case 'commit':
      return core.votes.quorumBlock('precommit', message.commit.round) === 'none' ? 'take' : 'known';
    case 'proposal':
      return proposalUse(core, message.proposal);
  }
};
