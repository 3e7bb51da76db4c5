import { beforeEach, describe, expect, it } from 'vitest';
import type { FullDeclaration } from '../../../../src/attribution/declaration.ts';
import { proveContribution, proveItem } from '../../../../src/attribution/evidence/chunks.ts';
import { proveNovelRuns, provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import { ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../../../src/lib/ids.ts';
import { itemRoot, itemSource } from '../../../../state/attribution/commitment.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import type { ItemOpening, Opening } from '../../../../state/attribution/openings.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { acceptedOf, isEligible, nextContribution } from '../../../../state/modules/data/contributions.ts';
import { novelTokensLeft, shareOf } from '../../../../state/modules/data/novelty-shares.ts';
import { struckNovelRuns } from '../../../../state/modules/data/strikes.ts';
import { COMMIT_WAIT_BLOCKS } from '../../../../state/modules/disputes/declarations.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { knownVersion } from '../../../../state/modules/models/models.ts';
import { eligibleContributions } from '../../../../state/queries/contributions.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { modelFee } from '../../../../state/tx/receipt.ts';
import {
  ALICE,
  BOB,
  contributeTexts,
  eventOf,
  type Inference,
  infer,
  onContribution,
  overlapOf,
  saltedOf,
  type TextContribution,
  watcher,
  wordsOf,
} from './dispute-scenes.ts';
import {
  alice,
  bob,
  createDatanet,
  deposit,
  everyone,
  PRICES,
  pinOf,
  registerModel,
  sendReceipts,
} from './scenes.ts';
import { bytes32, World } from './world.ts';

let world: World;
let datanet: DatanetId;
let index: DatanetIndex;
let early: TextContribution;

beforeEach(() => {
  world = new World([...everyone, watcher]);
  datanet = createDatanet(world, { bondPerByte: 0n });
  index = new DatanetIndex(infoTable());
  early = contributeTexts(world, alice, datanet, ALICE, index);
  // From here on everyone could have known of it.
  world.until(world.height + COMMIT_WAIT_BLOCKS);
});

/** Bob's: an item of alice's words, and one of his own. */
const bobsWith = (lie?: (declared: FullDeclaration) => Partial<FullDeclaration>): TextContribution =>
  contributeTexts(world, bob, datanet, BOB, index, lie);

const challenge = (contribution: ContributionId, witness: Witness) =>
  world.run(watcher, attributionChallenge, onContribution({ contribution }, witness));
const refusal = (contribution: ContributionId, witness: Witness) =>
  world.refusal(watcher, attributionChallenge, onContribution({ contribution }, witness));

const passagesOf = ({ declared }: TextContribution) => provePassages(derivePassages(declared).passages);
const headOf = (opening: Opening): ItemOpening => {
  if (opening.type !== 'item') throw new Error('an item');
  return opening.value;
};

const passage = (late: TextContribution): Witness => ({
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

const noveltyOf = ({ contribution }: TextContribution): bigint => {
  const accepted = acceptedOf(world.view, contribution);
  const share = accepted && shareOf(accepted);
  return share === undefined ? -1n : novelTokensLeft(world.view, datanet, share);
};

describe('a false declaration', () => {
  it('of novelty loses all novelty and the bond, half of it to the challenger', () => {
    const late = bobsWith(() => ({
      novelRuns: [
        { item: 0, start: 0, end: 200 },
        { item: 1, start: 0, end: 40 },
      ],
    }));
    expect(noveltyOf(late)).toBe(240n);
    const bonds = potTotal(world.view, 'contributionBonds');
    const ran = challenge(late.contribution, overlapOf(late, early));
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({
      target: 'contribution',
      contribution: late.contribution,
      witness: 'overlap',
      code: 'OVERLAP',
      falls: 'novelRun',
    });
    expect(noveltyOf(late)).toBe(0n);
    expect([...struckNovelRuns(world.view, late.contribution)]).toEqual([0]);
    const model = registerModel(world, [pinOf(world, datanet)]);
    const listed = eligibleContributions(world.view, knownVersion(world.view, model, 1), {
      from: 0,
      limit: 9,
    });
    expect(listed.contributions).toMatchObject([
      { contribution: early.contribution, struck: undefined },
      {
        contribution: late.contribution,
        struck: { all: world.height - 1n, novelRuns: [{ index: 0, height: world.height - 1n }] },
      },
    ]);
    // Half of 100, and of 20 for each of the two reviewers.
    expect(bonds - potTotal(world.view, 'contributionBonds')).toBe(100n);
    expect(totalsOf(world.view)).toMatchObject({ bondRewards: 70n, burnedBonds: 70n, upheld: 1n });
    // What has fallen does not fall again, and costs who came second nothing but the fee.
    expect(refusal(late.contribution, overlapOf(late, early))).toBe('WITNESS_STRUCK');
    expect(totalsOf(world.view)).toMatchObject({ upheld: 1n, refuted: 0n });
  });

  it('of a passage that is copied, but not declared so, voids the contribution: its owner could have known', () => {
    const late = bobsWith(() => ({ copied: [] }));
    challenge(late.contribution, passage(late));
    expect(isEligible(acceptedOf(world.view, late.contribution))).toBe(false);
    expect(totalsOf(world.view)).toMatchObject({ bondRewards: 70n, burnedBonds: 70n });
  });

  it('of a copy that is none voids the contribution', () => {
    const late = bobsWith(({ copied }) => ({
      copied: [
        ...copied,
        { item: 1, start: 0, end: 20, contribution: early.contribution, sourceItem: 0, sourcePos: 0 },
      ],
    }));
    const ran = challenge(late.contribution, {
      type: 'copied',
      value: {
        passages: passagesOf(late).open(1, 1),
        at: 3,
        own: late.evidence(1).open(3, 4),
        source: early.evidence(0).open(3, 4),
      },
    });
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ witness: 'copied', falls: 'contribution' });
    expect(isEligible(acceptedOf(world.view, late.contribution))).toBe(false);
    expect(noveltyOf(late)).toBe(0n);
    expect(refusal(late.contribution, overlapOf(late, early))).toBe('DECLARATION_VOID');
  });

  it('of the length of an item voids the contribution', () => {
    const late = bobsWith(() => ({
      shapes: [
        { tokens: 199, promptTokens: 0 },
        { tokens: 41, promptTokens: 0 },
      ],
      copied: [],
      novelRuns: [],
    }));
    const ran = challenge(late.contribution, {
      type: 'border',
      value: { passages: passagesOf(late).open(0, 2), item: headOf(late.evidence(0).open(0, 0)) },
    });
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ witness: 'border', falls: 'contribution' });
  });

  it('of words as novel that an output held before strikes the run, without fault', () => {
    const model = registerModel(world, [pinOf(world, datanet)]);
    deposit(world, 10_000_000n);
    const served: Inference = infer([early], 'why', wordsOf('gamma', 30));
    const batch = sendReceipts(world, model, [served.body]);
    // Nor one that nobody paid for, of a model that draws on something else, or that is void itself.
    const free = registerModel(world, [pinOf(world, datanet)], { prices: { in: 0n, out: 0n } });
    const unpaid = sendReceipts(world, free, [{ ...served.body, fee: 0n }]);
    const elsewhere = sendReceipts(world, registerModel(world, []), [served.body]);
    const lied = sendReceipts(world, model, [
      { ...served.body, tokensOut: 31, fee: modelFee({ ...served.body, tokensOut: 31 }, PRICES) },
    ]);
    const opening = served.outputEvidence.open(0, 0);
    world.run(watcher, attributionChallenge, {
      target: { type: 'receipt', value: { batch: lied, index: 0, settlement: ZERO_ROOT } },
      witness: { type: 'malformed', value: { text: 'output', opening } },
    });
    const late = bobsWith();
    const run = late.declared.novelRuns.findIndex(({ item }) => item === 1);
    const shown = {
      run: proveNovelRuns(late.declared.novelRuns).open(run),
      start: 4,
      end: 20,
      own: late.evidence(1).open(4, 20),
      batch,
      index: 0,
      at: 4,
      output: served.outputEvidence.open(4, 20),
    };
    // An output of the same words that came after the commit is no reason.
    const after = sendReceipts(world, model, [served.body]);
    for (const other of [after, unpaid, elsewhere, lied]) {
      const refuted = challenge(late.contribution, { type: 'harvest', value: { ...shown, batch: other } });
      expect(eventOf(refuted, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_INELIGIBLE' });
    }
    const bonds = potTotal(world.view, 'contributionBonds');
    challenge(late.contribution, { type: 'harvest', value: shown });
    expect([...struckNovelRuns(world.view, late.contribution)]).toEqual([run]);
    expect(potTotal(world.view, 'contributionBonds')).toBe(bonds);
  });
});

describe('a true declaration', () => {
  it('stands, and who doubts it loses the bond', () => {
    const late = bobsWith();
    expect(late.declared.novelRuns).toEqual([{ item: 1, start: 0, end: 40 }]);
    const doubted: readonly (readonly [string, Witness])[] = [
      ['WITNESS_OPENING', overlapOf(late, early)],
      ['WITNESS_HOLDS', passage(late)],
      [
        'WITNESS_HOLDS',
        {
          type: 'copied',
          value: {
            passages: passagesOf(late).open(0, 1),
            at: 3,
            own: late.evidence(0).open(3, 4),
            source: early.evidence(1).open(3, 4),
          },
        },
      ],
      [
        'WITNESS_HOLDS',
        {
          type: 'border',
          value: { passages: passagesOf(late).open(0, 2), item: headOf(late.evidence(0).open(0, 0)) },
        },
      ],
      [
        'WITNESS_HOLDS',
        { type: 'malformed', value: { text: 'contribution', opening: late.evidence(0).open(0, 64) } },
      ],
    ];
    const { challengeBond } = world.params.attribution;
    for (const [i, [code, witness]] of doubted.entries()) {
      const ran = challenge(late.contribution, witness);
      expect(eventOf(ran, 'challengeRefuted'), witness.type).toMatchObject({ witness: witness.type, code });
      expect(potTotal(world.view, 'burnedBonds')).toBe(BigInt(i + 1) * challengeBond);
    }
    expect(noveltyOf(late)).toBe(40n);
  });

  it('cannot be attacked like a claim', () => {
    const late = bobsWith();
    const info: Witness = {
      type: 'info',
      value: { border: 0, output: late.evidence(0).open(0, 1), passages: undefined },
    };
    expect(refusal(late.contribution, info)).toBe('CHALLENGE_KIND');
    expect(refusal(99, passage(late))).toBe('DECLARATION_NOT_ACCEPTED');
  });
});

describe('a commons', () => {
  const item = { ...saltedOf(wordsOf('notice', 30), bytes32('commons salt')), promptTokens: 0 };
  const commit = (items: number) => {
    const committed = proveContribution([unwrap(itemRoot(item))]);
    createDatanet(world, { commons: { root: committed.root, items, tokens: 30n, bytes: 240n } });
    const evidence = proveItem(committed, 0, { ...item, source: itemSource(item) });
    return { contribution: nextContribution(world.view) - 1, evidence };
  };

  it('has declared nothing, and so falls by nothing but a malformed commitment', () => {
    const { contribution, evidence } = commit(1);
    const own = evidence.open(0, 30);
    const passages = provePassages([]).open(0, 0);
    const run = proveNovelRuns([{ item: 0, start: 0, end: 30 }]).open(0);
    const output = infer([early], 'why', wordsOf('notice', 30)).outputEvidence.open(0, 30);
    const words = { start: 0, end: 20, own, contribution: early.contribution, item: 0, pos: 0, source: own };
    const others: readonly Witness[] = [
      { type: 'border', value: { passages, item: headOf(evidence.open(0, 0)) } },
      { type: 'overlap', value: { run, ...words } },
      {
        type: 'harvest',
        value: { run, start: 0, end: 20, own, batch: bytes32('batch'), index: 0, at: 0, output },
      },
      { type: 'passage', value: { passages, ...words } },
      { type: 'copied', value: { passages, at: 0, own, source: own } },
      { type: 'invalid', value: { part: 'match', index: 0, at: 0, text: own, source: own } },
      { type: 'inert', value: { part: 'match', index: 0, at: 0, side: 'output', passages } },
      {
        type: 'better',
        value: {
          position: 0,
          start: 0,
          end: 8,
          contribution,
          item: 0,
          pos: 0,
          output,
          source: own,
          outputPassages: undefined,
          sourcePassages: undefined,
        },
      },
      { type: 'echo', value: { position: 0, start: 0, end: 8, place: 0, output, prompt: output } },
      { type: 'info', value: { border: 0, output, passages: undefined } },
      { type: 'draw', value: { passages, item: headOf(evidence.open(0, 0)) } },
    ];
    for (const witness of others) expect(refusal(contribution, witness), witness.type).toBe('CHALLENGE_KIND');
    const sound: Witness = { type: 'malformed', value: { text: 'contribution', opening: own } };
    expect(eventOf(challenge(contribution, sound), 'challengeRefuted')).toMatchObject({
      code: 'WITNESS_HOLDS',
    });
    expect(isEligible(acceptedOf(world.view, contribution))).toBe(true);
  });

  it('falls by a malformed commitment', () => {
    const { contribution, evidence } = commit(2);
    const opening = evidence.open(0, 30);
    const ran = challenge(contribution, { type: 'malformed', value: { text: 'contribution', opening } });
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ code: 'MALFORMED_ITEMS', falls: 'contribution' });
    expect(isEligible(acceptedOf(world.view, contribution))).toBe(false);
  });
});
