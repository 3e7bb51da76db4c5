/** Receipts, settlements, and disputes about them: each lie that a claim can hold, and each end of a DEMAND. */
import { proveNovelRuns } from '../../../../src/attribution/evidence/declared.ts';
import {
  type SectionsOpeners,
  witnessOfExcuse,
  witnessOfSections,
} from '../../../../src/attribution/prover/sections-witness.ts';
import { ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import { PHRASE_TOKENS_MIN } from '../../../../state/attribution/phrases.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionExcuse } from '../../../../state/tx/attribution-excuse.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import { modelFee, type ReceiptBody } from '../../../../state/tx/receipt.ts';
import {
  answerAs,
  challengeAs,
  type DisputeScene,
  demandOf,
  helper,
  type Inference,
  infer,
  OUTPUT,
  PROMPT,
  send,
  settleAs,
  wordsOf,
} from '../economy/dispute-scenes.ts';
import { invalidWitness, liesOf, malformedWitness, spoilt } from '../economy/lies.ts';
import { withoutPicks } from '../economy/no-picks.ts';
import {
  alice,
  attestor,
  claimOf,
  payer,
  provider,
  receiptBody,
  receiptGroup,
  trainer,
} from '../economy/scenes.ts';
import { intent } from '../economy/world.ts';
import { ADAPTER_PRICES, type Models } from './calibrations.ts';
import type { GoldenChain } from './chain.ts';
import type { Data } from './contributions.ts';

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new Error(`there is none at ${index}`);
  return found;
};

const priced = (body: ReceiptBody): ReceiptBody => ({ ...body, fee: modelFee(body, ADAPTER_PRICES) });

export const sceneOf = (chain: GoldenChain, { texts }: Data, { base }: Models): DisputeScene => {
  const early = at(texts.contributions, 0);
  const late = at(texts.contributions, 1);
  return {
    world: chain,
    model: base,
    datanet: texts.id,
    early,
    late,
    infer: (...inferred) => infer(texts.contributions, ...inferred),
  };
};

/** Models whose receipts nobody can settle, and two groups in one batch. */
const playUnsettled = (chain: GoldenChain, { adapter, uncalibrated, leaf, unattributed }: Models): void => {
  const body = receiptBody('named');
  const asked = receiptBody('named too', { compute: 0n, app: trainer.address, appFee: 55n });
  const group = receiptGroup(chain, uncalibrated, [body, asked]);
  const groups = [
    group,
    receiptGroup(chain, leaf, [priced(body)], {}, alice),
    receiptGroup(chain, unattributed, [priced(body)]),
  ];
  const batch = chain.run(provider, inferenceReceipt, { groups }).id;
  const claims = [0, 3].map((index) => withoutPicks(index, claimOf(body.tokensOut, [])));
  const poor = receiptGroup(chain, adapter, [priced(receiptBody('poor', { compute: 10n ** 12n }))]);
  chain.block(
    intent(attestor, attributionSettlement, { batch, asOf: undefined, claims: claims.slice(0, 1) }),
    intent(attestor, attributionSettlement, { batch, asOf: undefined, claims: claims.slice(1) }),
    intent(payer, attributionSettlement, { batch, asOf: undefined, claims }),
    // The same voucher again, one that the escrow does not cover, and a fee that is not the price.
    intent(provider, inferenceReceipt, { groups: [group] }),
    intent(provider, inferenceReceipt, { groups: [poor] }),
    intent(provider, inferenceReceipt, { groups: [receiptGroup(chain, adapter, [body])] }),
  );
};

/** Claims that stand, of the base and of the adapter. */
const playSettled = (
  chain: GoldenChain,
  { texts, floored }: Data,
  { base, adapter }: Models,
  honest: Inference,
): void => {
  const contributions = [...texts.contributions, ...floored.contributions];
  const mixed = infer(contributions, PROMPT, `${wordsOf('theta', 33, 9)} ${wordsOf('zeta', 20)} so it ends`);
  const nothing = infer(contributions, 'why', wordsOf('unknown', 21));
  const batch = chain.run(provider, inferenceReceipt, {
    groups: [
      receiptGroup(chain, base, [honest.body, nothing.body]),
      receiptGroup(chain, adapter, [priced(mixed.body), priced(honest.body)]),
      receiptGroup(chain, adapter, [priced(mixed.body)], {}, alice),
    ],
  }).id;
  const claims = [
    { index: 0, claim: honest.claim, sections: honest.sections },
    { index: 2, claim: mixed.claim, sections: mixed.sections },
  ];
  chain.run(attestor, attributionSettlement, { batch, asOf: undefined, claims });
  chain.block();
  settleAs(chain, batch, [
    [1, nothing.claim],
    [3, honest.claim],
    [4, mixed.claim],
  ]);
  chain.until(chain.height + 4n);
};

/** Some lies are shown in time and some are not; a true claim is doubted. */
const playLies = (chain: GoldenChain, scene: DisputeScene, honest: Inference): void => {
  const lies = liesOf(scene, honest);
  const batch = send(scene, ...lies.map(() => honest), honest);
  const settlement = settleAs(chain, batch, [
    ...lies.map(({ claim }, index) => [index, claim] as const),
    [lies.length, honest.claim],
  ]);
  const place = (index: number) => ({ batch, index, settlement });
  challengeAs(chain, place(0), at(lies, 0).witness);
  challengeAs(chain, place(1), at(lies, 1).witness);
  challengeAs(chain, place(lies.length), invalidWitness(scene, honest, 3, 8));
  // The window is over, and the other lies have become final. What is open again is settled again, one by another lie.
  const again = settleAs(chain, batch, [
    [0, honest.claim],
    [1, at(lies, 3).claim],
  ]);
  challengeAs(chain, { batch, index: 1, settlement: again }, at(lies, 3).witness);
  chain.until(chain.height + 3n);
};

const playMalformed = (chain: GoldenChain, scene: DisputeScene, honest: Inference): void => {
  const { body, ...rest } = spoilt(honest);
  const bad = { ...rest, body: { ...body, app: alice.address, appFee: 70n } };
  const batch = send(scene, bad, honest);
  challengeAs(chain, { batch, index: 0, settlement: ZERO_ROOT }, malformedWitness(bad));
  challengeAs(chain, { batch, index: 1, settlement: ZERO_ROOT }, malformedWitness(honest));
};

const playDemands = (chain: GoldenChain, scene: DisputeScene, honest: Inference): void => {
  const lie = at(liesOf(scene, honest), 4);
  const batch = send(scene, honest, honest, honest);
  const settlement = settleAs(chain, batch, [
    [0, honest.claim],
    [1, honest.claim],
    [2, lie.claim],
  ]);
  const place = (index: number) => ({ batch, index, settlement });
  const answered = challengeAs(chain, place(0), demandOf('prompt', { count: 2 })).id;
  const unanswered = demandOf('source', { contribution: scene.early.contribution, item: 1, count: 2 });
  const opening = scene.early.evidence(1).openChunks(0, 2);
  const demand = challengeAs(chain, place(1), unanswered).id;
  const moot = challengeAs(chain, place(2), demandOf('output', { count: 3 })).id;
  challengeAs(chain, place(2), lie.witness);
  answerAs(chain, answered, honest.promptEvidence.openChunks(0, 2));
  chain.block(intent(helper, attributionAnswer, { demand: moot, opening }));
  chain.until(chain.height + 9n);
  chain.block(intent(helper, attributionAnswer, { demand, opening }));
  // What is open then expires, if nobody settles it.
  settleAs(chain, batch, [[1, honest.claim]]);
};

/** A claim leaves all picks out. It is answered for by places in the prompt, which do not hold the phrases. */
const playOutdone = (chain: GoldenChain, scene: DisputeScene, honest: Inference): void => {
  const { sections, outputEvidence, promptEvidence, claim, body } = honest;
  const picked = at(at(sections, 0).picks, 0);
  const { contribution } = picked;
  const source = [scene.early, scene.late].find((each) => each.contribution === contribution) ?? scene.early;
  const batch = send(scene, honest);
  const settlement = settleAs(chain, batch, [[0, claim]]);
  const place = { batch, index: 0, settlement };
  const openers: SectionsOpeners = {
    context: rulesOf(body.rules).context,
    outputTokens: body.tokensOut,
    promptTokens: body.tokensIn,
    phraseEnd: (position) => position + PHRASE_TOKENS_MIN,
    output: outputEvidence.open,
    prompt: promptEvidence.open,
    source: (_, item) => ({ open: source.evidence(item).open, tokens: at(source.items, item).count }),
    novelRuns: () => {
      const { novelRuns } = source.declared;
      return { count: novelRuns.length, openRange: proveNovelRuns(novelRuns).openRange };
    },
  };
  const shown = witnessOfSections({ type: 'outdone', section: 0, step: 0, picked }, sections, openers);
  const challenge = challengeAs(chain, place, shown).id;
  const excuses = picked.phrases.map((_, phrase) => ({
    phrase,
    reason: { type: 'prompt' as const, value: { place: 0 } },
  }));
  chain.block(intent(helper, attributionExcuse, { challenge, excuses }));
  chain.run(attestor, attributionExcuse, { challenge, excuses });
  const { outdone } = challengeOf(chain.view, challenge) ?? {};
  invariant(outdone !== undefined, 'the chunk was shown');
  const finding = { type: 'excuse', excuse: 0, holder: 0, at: 0 } as const;
  challengeAs(chain, place, witnessOfExcuse(finding, challenge, outdone, openers));
};

/** An epoch in which nothing is explained: less than the control, so that the next one has to make up for it. */
const playDebt = (chain: GoldenChain, scene: DisputeScene): void => {
  chain.until(chain.height + (10n - (chain.height % 10n)));
  const nothing = scene.infer('why', wordsOf('unknown', 21));
  settleAs(chain, send(scene, nothing), [[0, nothing.claim]]);
  chain.until(chain.height + 8n);
};

export const playReceipts = (chain: GoldenChain, data: Data, models: Models): void => {
  const scene = sceneOf(chain, data, models);
  const honest = scene.infer(PROMPT, OUTPUT);
  playUnsettled(chain, models);
  playSettled(chain, data, models, honest);
  playLies(chain, scene, honest);
  playMalformed(chain, scene, honest);
  playDemands(chain, scene, honest);
  playOutdone(chain, scene, honest);
  chain.until(chain.height + 12n);
  playDebt(chain, scene);
};
