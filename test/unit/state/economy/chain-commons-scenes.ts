/** A chain with a commons in its genesis that holds words which alice and bob have contributed too. */
import { traceInference } from '../../../../src/attribution/attestor.ts';
import { corpusOf } from '../../../../src/attribution/corpus.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { OF_CHAIN } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';
import type { Commons } from '../../../../state/tx/commons.ts';
import {
  type DisputeScene,
  disputeScene,
  type Inference,
  OUTPUT,
  PROMPT,
  wordsOf,
} from './dispute-scenes.ts';

/** The only item of the commons: words that the output takes from both contributions. */
export const COMMON_WORDS = wordsOf('beta', 60, 30);

type ChainCommonsScene = {
  readonly made: DisputeScene;
  /** The output that the scenes of disputes have. Its own claim is made without the commons, so it is false here. */
  readonly inference: Inference;
  /** The true claim of the inference. */
  readonly claim: Claim;
};

/** @param commons - the terms in genesis, of one item: COMMON_WORDS */
export const chainCommonsScene = (commons: Commons): ChainCommonsScene => {
  const made = disputeScene(undefined, undefined, 2, commons);
  const inference = made.infer(PROMPT, OUTPUT);
  const { prompt, output } = inference;
  const rules = { ...DEFAULT_PARAMETERS, version: 2 } as const;
  const items = [unwrap(rulesOf(2).tokenizeText(COMMON_WORDS))];
  const corpus = corpusOf(
    [{ contribution: OF_CHAIN, items }, made.early, made.late],
    new Set([OF_CHAIN]),
    rules,
  );
  return { made, inference, claim: traceInference(corpus, { prompt, output }, rules).claim };
};
