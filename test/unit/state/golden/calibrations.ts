/** Models and their calibrations: right ones, a false one, and DEMANDs that are answered and that are not. */

import { witnessOf } from '../../../../src/attribution/prover/claim-witness.ts';
import { type Root, toHeight } from '../../../../src/lib/brands.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { CALIBRATION_ROUNDS, stretchOf } from '../../../../state/attribution/calibration.ts';
import type { CalibrationClaim } from '../../../../state/attribution/calibration-claim.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import {
  type Contributed,
  challengeDraw,
  drawOpeners,
  honestClaim,
  register,
} from '../economy/calibration-scenes.ts';
import { answerAs, demandOf } from '../economy/dispute-scenes.ts';
import { attestor, modelTerms, owner, pinOf, trainer } from '../economy/scenes.ts';
import { intent } from '../economy/world.ts';
import type { GoldenChain } from './chain.ts';
import type { Data } from './contributions.ts';

export type Models = {
  /** On the Datanet of texts. */
  readonly base: ModelId;
  /** Made from the base, on the Datanet with floors besides. The trainer has a share in it. */
  readonly adapter: number;
  /** On the Datanet of names: nobody ever calibrates it. */
  readonly uncalibrated: number;
  /** Made from the adapter, and likewise. */
  readonly leaf: number;
  /** On nothing: nothing of it is paid by spans. */
  readonly unattributed: number;
};

export const ADAPTER_PRICES = { in: 6_001n, out: 70_000n };

const claimAs = (chain: GoldenChain, claim: CalibrationClaim) =>
  chain.run(attestor, modelCalibration, { ...claim, asOf: toHeight(chain.height) }).id;

/** Claims both rounds of a version in one block. @returns the ids of the claims */
export const claimRounds = (
  chain: GoldenChain,
  contributions: readonly Contributed[],
  model: ModelId,
  version = 1,
): readonly Root[] => {
  const claims = CALIBRATION_ROUNDS.map((round) =>
    honestClaim(chain, contributions, model, { version, round }),
  );
  return chain
    .block(...claims.map((claim) => intent(attestor, modelCalibration, claim)))
    .map(({ id, result }) => {
      invariant(result.status === 'success', 'an honest claim of a drawn round is accepted');
      return id;
    });
};

/** A match that a claim at the first step leaves out. */
const betterAtFirstStep = (
  contributions: readonly Contributed[],
  honest: CalibrationClaim,
): { readonly draw: number; readonly witness: Witness } => {
  const [before] = honest.before;
  const match = before?.claim.matches[0];
  const draw = before && honest.draws[before.draw];
  invariant(
    before !== undefined && match !== undefined && draw !== undefined,
    'the first step explains some',
  );
  const { start, end, contribution, item, pos } = match;
  const stretch = stretchOf(draw);
  const witness = witnessOf(
    { type: 'better', position: start, start, end, contribution, item, pos },
    draw.claim,
    { outputTokens: stretch.end - stretch.start, promptTokens: draw.promptTokens },
    drawOpeners(contributions, draw),
  );
  return { draw: before.draw, witness };
};

/** @returns the honest claim of the first round, which is final in the end */
const calibrateBase = (chain: GoldenChain, { texts }: Data, base: ModelId): CalibrationClaim => {
  const { contributions } = texts;
  const honest = honestClaim(chain, contributions, base);
  const { draw, witness } = betterAtFirstStep(contributions, honest);
  // An item of one chunk.
  const asked = honest.draws.findIndex(({ tokens }) => tokens <= 64);
  const shown = honest.draws[asked];
  const source = contributions.find(({ contribution }) => contribution === shown?.contribution);
  invariant(shown !== undefined && source !== undefined, 'a short item of a contribution is drawn');

  const tooLow = claimAs(chain, { ...honest, level: 0, before: [] });
  challengeDraw(chain, base, { claim: tooLow, level: 'met', draw }, witness);

  const unanswered = claimAs(chain, honest);
  challengeDraw(chain, base, { claim: unanswered, level: 'met', draw: asked }, demandOf('output'));
  chain.until(chain.height + 11n);

  const [claim] = claimRounds(chain, contributions, base);
  invariant(claim !== undefined, 'both rounds were claimed');
  // What is claimed already, and a text that is shown.
  challengeDraw(chain, base, { claim, level: 'before', draw }, witness);
  const demand = challengeDraw(chain, base, { claim, level: 'met', draw: asked }, demandOf('output')).id;
  answerAs(chain, demand, source.evidence(shown.item).openChunks(0, 1));
  chain.until(chain.height + 4n);
  return honest;
};

export const playCalibrations = (chain: GoldenChain, data: Data): Models => {
  const { texts, floored, named } = data;
  const base = register(chain, [pinOf(chain, texts.id)], { kind: 'base', name: 'base' });
  const shares = [{ account: trainer.address, role: 'trainer' as const, bps: 3_333 }];
  const manifest = [pinOf(chain, floored.id)];
  chain.block(
    // Below what the Datanet with floors asks.
    intent(owner, modelRegistration, modelTerms(manifest, { base, shares })),
  );
  const adapter = register(chain, manifest, { base, shares, prices: ADAPTER_PRICES });
  const uncalibrated = register(chain, [pinOf(chain, named)]);
  const leaf = register(chain, [], { base: adapter, prices: ADAPTER_PRICES });
  const unattributed = register(chain, [], { prices: ADAPTER_PRICES });
  chain.until(chain.height + 2n);
  const honest = calibrateBase(chain, data, base);
  const contributions = [...texts.contributions, ...floored.contributions];
  claimRounds(chain, contributions, adapter);
  chain.block(
    // Of a version whose calibration is final, and of draws of another model.
    intent(attestor, modelCalibration, honest),
    intent(attestor, modelCalibration, { ...honest, model: uncalibrated, asOf: toHeight(chain.height) }),
  );
  chain.until(chain.height + 4n);
  return { base, adapter, uncalibrated, leaf, unattributed };
};
