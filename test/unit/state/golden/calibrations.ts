/** Models and their calibrations: right ones, a false one, and DEMANDs that are answered and that are not. */

import type { Root } from '../../../../src/lib/brands.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { CALIBRATION_ROUNDS } from '../../../../state/attribution/calibration.ts';
import type { CalibrationClaim } from '../../../../state/attribution/calibration-claim.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import {
  type Contributed,
  challengeDraw,
  claimNow,
  contributionOf,
  honestClaim,
  leftOut,
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

/** @returns the honest claim of the first round, which is final in the end */
const calibrateBase = (chain: GoldenChain, { texts }: Data, base: ModelId): CalibrationClaim => {
  const { contributions } = texts;
  const honest = honestClaim(chain, contributions, base);
  const { draw, witness } = leftOut(contributions, honest);
  // An item of one chunk.
  const asked = honest.draws.findIndex(({ tokens }) => tokens <= 64);
  const shown = honest.draws[asked];
  invariant(shown !== undefined, 'a short item of a contribution is drawn');

  const tooLow = claimNow(chain, { ...honest, level: 0, before: [] });
  challengeDraw(chain, base, { claim: tooLow, level: 'met', draw }, witness);

  const unanswered = claimNow(chain, honest);
  challengeDraw(chain, base, { claim: unanswered, level: 'met', draw: asked }, demandOf('output'));
  chain.until(chain.height + 11n);

  const [claim] = claimRounds(chain, contributions, base);
  invariant(claim !== undefined, 'both rounds were claimed');
  // What is claimed already, and a text that is shown.
  challengeDraw(chain, base, { claim, level: 'before', draw }, witness);
  const demand = challengeDraw(chain, base, { claim, level: 'met', draw: asked }, demandOf('output')).id;
  answerAs(
    chain,
    demand,
    contributionOf(contributions, shown.contribution).evidence(shown.item).openChunks(0, 1),
  );
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
    intent(attestor, modelCalibration, { ...honest, model: uncalibrated, asOf: chain.height }),
  );
  chain.until(chain.height + 4n);
  return { base, adapter, uncalibrated, leaf, unattributed };
};
