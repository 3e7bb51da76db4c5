/** The five lies that a claim can hold, each with the witness that shows it; and a receipt that commits to no text. */
import { proveTextChunks } from '../../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { bordersOf } from '../../../../state/attribution/borders.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { textChunks } from '../../../../state/attribution/commitment.ts';
import { OUTPUT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { type DisputeScene, type Inference, OUTPUT_SALT, saltedOf } from './dispute-scenes.ts';

/** The claim of an inference with other runs, its sums right for them. */
export const claimWith = (
  { claim, output, body }: Inference,
  change: Partial<Pick<Claim, 'x' | 'matches' | 'shared'>>,
): Claim => {
  const runs = { x: claim.x, matches: claim.matches, shared: claim.shared, ...change };
  const { tokens } = saltedOf(output, OUTPUT_SALT, body.rules);
  const info = rulesOf(body.rules).informationOf(infoTable(), tokens);
  const sum = (border: number) => info.slice(0, border).reduce((total, bits) => total + bits, 0);
  return { ...runs, info: bordersOf(runs, body.tokensOut).map(sum) };
};

/** The words of alice's first match, from the 10th token of the output on, do not stand there in her item. */
export const invalidWitness = (
  { early }: DisputeScene,
  { outputEvidence }: Inference,
  at: number,
  sourcePos: number,
): Witness => ({
  type: 'invalid',
  value: {
    part: 'match',
    index: 0,
    at,
    text: outputEvidence.open(10 + at, 11 + at),
    source: early.evidence(0).open(sourcePos, sourcePos + 1),
  },
});

/** The first eight tokens of the output are those of the prompt. */
export const echoWitness = ({ outputEvidence, promptEvidence }: Inference): Witness => ({
  type: 'echo',
  value: {
    position: 0,
    start: 0,
    end: 8,
    place: 0,
    output: outputEvidence.open(0, 8),
    prompt: promptEvidence.open(0, 8),
  },
});

/** Alice held these words, from the 36th token of the output on, before bob did. */
export const betterWitness = ({ early }: DisputeScene, { outputEvidence }: Inference): Witness => ({
  type: 'better',
  value: {
    position: 40,
    start: 36,
    end: 46,
    contribution: early.contribution,
    item: 1,
    pos: 34,
    output: outputEvidence.open(36, 46),
    source: early.evidence(1).open(34, 44),
    outputPassages: undefined,
    sourcePassages: undefined,
  },
});

/** The sum before the border at the 30th token. */
export const infoWitness = ({ outputEvidence }: Inference): Witness => ({
  type: 'info',
  value: { border: 2, output: outputEvidence.open(30, 31), passages: undefined },
});

export type Lie = { readonly name: string; readonly claim: Claim; readonly witness: Witness };

/** Of an inference with the prompt and the output of `dispute-scenes.ts`. */
export const liesOf = (scene: DisputeScene, honest: Inference): readonly Lie[] => {
  const { matches, info } = honest.claim;
  const changed = (place: number, change: object): Claim =>
    claimWith(honest, {
      matches: matches.map((match, i) => (i === place ? { ...match, ...change } : match)),
    });
  return [
    {
      name: 'a match that differs from its source',
      claim: changed(0, { pos: 6 }),
      witness: invalidWitness(scene, honest, 3, 9),
    },
    {
      name: 'a match of who came later',
      claim: changed(1, { contribution: scene.late.contribution, item: 0 }),
      witness: betterWitness(scene, honest),
    },
    {
      name: 'a match left out',
      claim: claimWith(honest, { matches: matches.filter((_, i) => i !== 1) }),
      witness: betterWitness(scene, honest),
    },
    { name: 'an echo left out', claim: claimWith(honest, { x: [] }), witness: echoWitness(honest) },
    {
      name: 'a wrong sum',
      claim: { ...honest.claim, info: info.map((sum, i) => (i === 2 ? sum + 1 : sum)) },
      witness: infoWitness(honest),
    },
  ];
};

/** The same inference, but the information that its output commits to is one too many. */
export const spoilt = (honest: Inference): Inference => {
  const { rules, tokensOut, bytesOut } = honest.body;
  const text = saltedOf(honest.output, OUTPUT_SALT, rules);
  const bits = rulesOf(rules).informationOf(infoTable(), text.tokens);
  const information = bits.reduce((sum, each) => sum + each, 0) + 1;
  const outputEvidence = proveTextChunks(
    textChunks(text, bits),
    { tokens: tokensOut, information, bytes: bytesOut },
    OUTPUT_TOKENS_MAX,
  );
  return { ...honest, outputEvidence, body: { ...honest.body, outputRoot: outputEvidence.root } };
};

/** That the information of the output is not what its last chunk adds up to, which the end of the one before decides too. */
export const malformedWitness = ({ outputEvidence, body: { tokensOut } }: Inference): Witness => ({
  type: 'malformed',
  value: { text: 'output', opening: outputEvidence.open(Math.max(0, tokensOut - 65), tokensOut) },
});
