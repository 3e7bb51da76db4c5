/** A chain with real texts, and a true claim against which a chunk can be shown that only excuses answer. */
import { proveNovelRuns } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { SectionsFinding } from '../../../../src/attribution/prover/sections-prover.ts';
import {
  type SectionsOpeners,
  witnessOfSections,
} from '../../../../src/attribution/prover/sections-witness.ts';
import type { Excuse } from '../../../../state/attribution/excuses.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import type { PickedChunk, Section } from '../../../../state/attribution/relevance.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import type { AttributionParams } from '../../../../state/params.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { contributeTexts, helper, infer, type ReceiptPlace, watcher, wordsOf } from './dispute-scenes.ts';
import {
  alice,
  attestor,
  bob,
  createDatanet,
  deposit,
  everyone,
  pinOf,
  registerModel,
  sendReceipts,
} from './scenes.ts';
import { type Actor, actor, World } from './world.ts';

/** Five words that four contributions hold, too few for a match, so that they are novel in each. */
const SHARED = wordsOf('both', 5);
const textOf = (stem: string): string => `${wordsOf(stem, 30)} ${SHARED} ${wordsOf(stem, 60, 40)}`;
/** Three phrases that the first three contributions bear, two of the fourth alone, and some words that nobody holds. */
const OUTPUT = `${wordsOf('own', 4)} ${SHARED} ${wordsOf('other', 3)} ${wordsOf('fourth', 4, 3)} ${wordsOf('end', 20)}`;
const PROMPT = wordsOf('ask', 30);
export const SHARED_AT = 30;
export const second = actor('second');
export const third = actor('third');

export const outdoneScene = (
  attribution: Partial<AttributionParams> = {},
  attestors?: readonly (readonly [Actor, bigint])[],
) => {
  const world = new World(
    [...everyone, watcher, helper, actor('north'), second, third],
    (params) => ({ ...params, attribution: { ...params.attribution, ...attribution } }),
    undefined,
    undefined,
    attestors,
  );
  const datanet = createDatanet(world, { bondPerByte: 0n });
  const index = new DatanetIndex(infoTable(), { ...DEFAULT_PARAMETERS, version: 2 });
  const contributions = ['first', 'second', 'third', 'fourth'].map((stem, i) =>
    contributeTexts(world, i % 2 === 0 ? alice : bob, datanet, [textOf(stem)], index),
  );
  const model = registerModel(world, [pinOf(world, datanet)]);
  deposit(world, 100_000_000n);
  world.until(70n);
  const inference = infer(contributions, PROMPT, OUTPUT);
  const { outputEvidence, promptEvidence, sections, body } = inference;
  const known = (contribution: number) => {
    const found = contributions.find((each) => each.contribution === contribution);
    if (found === undefined) throw new RangeError(`no contribution ${contribution}`);
    return found;
  };
  const openers: SectionsOpeners = {
    context: rulesOf(2).context,
    outputTokens: body.tokensOut,
    promptTokens: body.tokensIn,
    phraseEnd: (at) => at + 3,
    output: outputEvidence.open,
    prompt: promptEvidence.open,
    source: (contribution, item) => ({
      open: known(contribution).evidence(item).open,
      tokens: known(contribution).items[item]?.count ?? 0,
    }),
    novelRuns: (contribution) => {
      const { novelRuns } = known(contribution).declared;
      return { count: novelRuns.length, openRange: proveNovelRuns(novelRuns).openRange };
    },
  };
  const ids = contributions.map(({ contribution }) => contribution);
  /** Settles another receipt with these sections. */
  const settle = (claimed: readonly Section[] = sections): ReceiptPlace => {
    const batch = sendReceipts(world, model, [body]);
    const { id } = world.run(attestor, attributionSettlement, {
      batch,
      asOf: undefined,
      claims: [{ index: 0, claim: inference.claim, sections: claimed }],
    });
    return { batch, index: 0, settlement: id };
  };
  const statusOf = ({ batch }: ReceiptPlace) => getReceipt(world.view, { batch, index: 0 })?.standing.status;
  const against = (finding: SectionsFinding, claimed: readonly Section[] = sections): Witness =>
    witnessOfSections(finding, claimed, openers);
  return { world, model, ids, inference, sections, openers, settle, statusOf, against };
};

export type OutdoneScene = ReturnType<typeof outdoneScene>;

export const phrasesOf = (picked: PickedChunk | undefined) => picked?.phrases ?? [];

/** The chunk of the fourth contribution with all five phrases that it holds, three of which it does not bear. */
export const shownOf = ({ ids, sections }: OutdoneScene): PickedChunk => {
  const [, , , fourth = 0] = ids;
  const picks = sections[0]?.picks ?? [];
  const common = phrasesOf(picks[0]).map((phrase, i) => ({ ...phrase, place: SHARED_AT + i }));
  const phrases = [...common, ...phrasesOf(picks[1])].sort((a, b) => a.at - b.at);
  return { contribution: fourth, item: 0, chunk: 0, phrases };
};

export const holders = (ids: readonly number[], place: number) =>
  ids.slice(0, 3).map((contribution) => ({ contribution, item: 0, chunk: 0, place }));

export const trueExcuses = (ids: readonly number[]): readonly Excuse[] =>
  [0, 1, 2].map((phrase) => ({
    phrase,
    reason: { type: 'holders', value: { places: holders(ids, SHARED_AT + phrase) } },
  }));
