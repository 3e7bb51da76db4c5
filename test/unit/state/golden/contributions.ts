/** Datanets and what becomes of contributions to them: accepted, rejected, undecided, expired, refused. */
import { contributionCommit } from '../../../../state/tx/contribution-commit.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { datanetCreate } from '../../../../state/tx/datanet-create.ts';
import { TextDatanet } from '../economy/calibration-scenes.ts';
import { ALICE, BOB, wordsOf } from '../economy/dispute-scenes.ts';
import {
  alice,
  bob,
  commitAs,
  contribute,
  createDatanet,
  creator,
  datanetTerms,
  reveal,
  review,
  reviewers,
  submit,
  trainer,
} from '../economy/scenes.ts';
import { bytes32, intent } from '../economy/world.ts';
import type { GoldenChain } from './chain.ts';

export type Data = {
  /** Texts of alice, of bob, who has copied some of hers, and of the trainer. */
  readonly texts: TextDatanet;
  /** Texts under floors: prices and matches have to be high. Only alice and bob may contribute. */
  readonly floored: TextDatanet;
  /** A commons, and contributions that are known by their names only. */
  readonly named: number;
};

/** A run of words in texts of two people that bears 113 bits: calibration has to look past its first step. */
const SHARED = 'of the qzx1 and a qzx2 to in qzx3 of the';
/** Another, of 15 tokens: one too few to be copied, and enough to be found by coincidence at a higher step. */
const LONG_SHARED = 'by a vwy1 or to vwy2 in as vwy3 by a vwy4 or to vwy5';

const PRICE_FLOORS = { inMin: 5_000n, outMin: 70_000n };

/** Into the Datanet of names: with parents and roles, and everything that keeps one from being accepted. */
const playNamed = (chain: GoldenChain): number => {
  const datanet = createDatanet(chain, {
    bondPerByte: 2n,
    commons: { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n },
  });
  const first = contribute(chain, alice, datanet, 'first');
  contribute(chain, bob, datanet, 'second', {
    role: 'label',
    parents: [first],
    copied: [{ item: 0, start: 0, end: 40, contribution: first, sourceItem: 0, sourcePos: 10 }],
    novelRuns: [{ item: 0, start: 40, end: 100 }],
  });

  const duplicate = commitAs(chain, trainer, datanet, 'first again');
  const early = commitAs(chain, trainer, datanet, 'early');
  const [judge, second, third] = reviewers;
  chain.block(
    intent(trainer, dataContribution, reveal(early, datanet, 'early')),
    // Of exactly the text of the first.
    intent(
      trainer,
      dataContribution,
      reveal(duplicate, datanet, 'first again', { digest: bytes32('digest first') }),
    ),
    intent(bob, contributionCommit, { datanet: 99, commitment: bytes32('nothing') }),
    intent(creator, datanetCreate, datanetTerms({ name: 'empty', bondPerByte: 1n })),
  );
  // A parent that was never accepted. Nobody reveals the two in the end, and they expire.
  chain.block(intent(trainer, dataContribution, reveal(early, datanet, 'early', { parents: [duplicate] })));

  const rejected = submit(chain, bob, datanet, 'rejected');
  chain.block(
    intent(judge, contributionReview, review(rejected, { verdict: 'reject' })),
    intent(judge, contributionReview, review(rejected)),
    intent(alice, contributionReview, review(rejected)),
    intent(second, contributionReview, review(rejected, { verdict: 'reject' })),
  );
  // Its owner is one of the three reviewers, and the other two do not agree.
  const undecided = submit(chain, judge, datanet, 'undecided', { role: 'feedback' });
  chain.block(
    intent(judge, contributionReview, review(undecided)),
    intent(second, contributionReview, review(undecided)),
    intent(second, contributionReview, review(undecided, { verdict: 'withdraw' })),
    intent(second, contributionReview, review(undecided)),
    intent(third, contributionReview, review(undecided, { verdict: 'reject' })),
  );
  contribute(chain, trainer, datanet, 'correction', {
    role: 'correction',
    parents: [first],
    items: 3,
    tokens: 301n,
    bytes: 1_001n,
    novelRuns: [
      { item: 0, start: 0, end: 50 },
      { item: 2, start: 7, end: 24 },
    ],
  });
  return datanet;
};

export const playContributions = (chain: GoldenChain): Data => {
  const texts = new TextDatanet(chain, { bondPerByte: 3n });
  texts.contribute(alice, ...ALICE);
  texts.contribute(bob, ...BOB);
  texts.contribute(trainer, `${wordsOf('delta', 30)} ${SHARED}`, `${LONG_SHARED} ${wordsOf('kappa', 20)}`);
  texts.contribute(alice, `${SHARED} ${wordsOf('epsilon', 50)}`, `${wordsOf('zeta', 20)} ${LONG_SHARED}`);
  const floored = new TextDatanet(chain, {
    bondPerByte: 1n,
    matchBitsFloor: 200,
    prices: PRICE_FLOORS,
    access: 'permissioned',
    contributors: [alice.address, bob.address],
  });
  floored.contribute(bob, `${wordsOf('theta', 60)} ${SHARED}`);
  chain.block(
    intent(trainer, contributionCommit, { datanet: floored.id, commitment: bytes32('not allowed') }),
  );
  return { texts, floored, named: playNamed(chain) };
};
