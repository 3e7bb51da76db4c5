/** Disputes about what contributions declare: novelty, copies, lengths, and texts that nobody shows. */
import type { FullDeclaration } from '../../../../src/attribution/declaration.ts';
import { provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { register } from '../economy/calibration-scenes.ts';
import {
  ALICE,
  answerAs,
  BOB,
  contributeTexts,
  demandOf,
  onContribution,
  overlapOf,
  type TextContribution,
  watcher,
  wordsOf,
} from '../economy/dispute-scenes.ts';
import { alice, bob, createDatanet, pinOf, receiptBody, sendReceipts, trainer } from '../economy/scenes.ts';
import { intent, type Ran } from '../economy/world.ts';
import type { GoldenChain } from './chain.ts';

const passagesOf = ({ declared }: TextContribution) => provePassages(derivePassages(declared).passages);

const passage = (late: TextContribution, early: TextContribution): Witness => ({
  type: 'passage',
  value: {
    passages: passagesOf(late).open(0, 1),
    start: 20,
    end: 36,
    own: late.evidence(0).open(20, 36),
    contribution: early.contribution,
    item: 1,
    pos: 20,
    source: early.evidence(1).open(20, 36),
  },
});

const copied = (late: TextContribution, early: TextContribution): Witness => ({
  type: 'copied',
  value: {
    passages: passagesOf(late).open(0, 1),
    at: 3,
    own: late.evidence(0).open(3, 4),
    source: early.evidence(1).open(3, 4),
  },
});

/** All of it is novel, or so they say. */
const allNovel = (): Partial<FullDeclaration> => ({
  novelRuns: [
    { item: 0, start: 0, end: 200 },
    { item: 1, start: 0, end: 40 },
  ],
});

export const playDeclarations = (chain: GoldenChain): void => {
  const datanet = createDatanet(chain, { name: 'disputed', bondPerByte: 1n });
  const index = new DatanetIndex(infoTable());
  const challenge = (of: TextContribution, witness: Witness): Ran =>
    chain.run(watcher, attributionChallenge, onContribution(of, witness));
  const early = contributeTexts(chain, alice, datanet, ALICE, index);
  // After so many blocks everyone could have known of it.
  chain.until(chain.height + 10n);
  const novel = contributeTexts(chain, bob, datanet, BOB, index, allNovel);

  // Nobody settles these, so all of their data money is shared by novel tokens: by false ones too.
  const model = register(chain, [pinOf(chain, datanet)]);
  sendReceipts(chain, model, [receiptBody('a'), receiptBody('b', { compute: 5n })]);

  const hiding = contributeTexts(chain, trainer, datanet, BOB, index, () => ({ copied: [] }));
  const honest = contributeTexts(chain, bob, datanet, [BOB[0] ?? '', wordsOf('eta', 25)], index);
  challenge(honest, passage(honest, early));
  challenge(honest, copied(honest, early));
  challenge(hiding, passage(hiding, early));
  chain.block(intent(watcher, attributionChallenge, onContribution(hiding, passage(hiding, early))));

  const demand = challenge(
    early,
    demandOf('source', { contribution: early.contribution, item: 1, count: 4 }),
  ).id;
  answerAs(chain, demand, early.evidence(1).openChunks(0, 4));
  // Past the deadline of the receipts and the end of their epoch.
  chain.until(chain.height + 30n);
  challenge(novel, overlapOf(novel, early));
  challenge(honest, demandOf('source', { contribution: honest.contribution, item: 1, count: 1 }));
  chain.until(chain.height + 12n);
};
