/** What the oracle claims of texts on a chain, and what the chain pays for those claims. */
import { toHex } from '../../../../src/lib/bytes.ts';
import type { ContributionId, ModelId } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { RULES_DEFAULT } from '../../../../state/attribution/rules.ts';
import { acceptedOf, broughtOf } from '../../../../state/modules/data/contributions.ts';
import { contributionEarned } from '../../../../state/modules/pay/rewards.ts';
import { oracleClaim } from '../../../oracle/claims.ts';
import { type OracleCase, oracleTokens, oracleTrace } from '../../../oracle/oracle.ts';
import { type Inference, settleAs } from './dispute-scenes.ts';
import { sendReceipts } from './scenes.ts';
import type { World } from './world.ts';

/** Returns the true claim of an output: by the oracle, of these texts. Who brought them, and when, is read from the chain. */
export const claimByOracle = (
  { view }: World,
  texts: ReadonlyMap<ContributionId, readonly string[]>,
  { prompt, output }: Inference,
): Claim => {
  const tokensOf = (text: string) => oracleTokens(text, RULES_DEFAULT);
  const ids = Array.from({ length: Math.max(...texts.keys()) + 1 }, (_, id) => id);
  const given: OracleCase = {
    version: RULES_DEFAULT,
    imin: DEFAULT_PARAMETERS.matchBitsMin,
    output: tokensOf(output),
    prompt: tokensOf(prompt),
    corpus: ids.map((id) => (texts.get(id) ?? []).map(tokensOf)),
    commons: new Set(ids.filter((id) => acceptedOf(view, id)?.commons === true)),
    origins: ids.map((id) => {
      const brought = broughtOf(view, id);
      return (
        brought && {
          owner: toHex(brought.owner),
          commit: Number(brought.commit),
          reveal: Number(brought.reveal),
        }
      );
    }),
  };
  return oracleClaim(given, oracleTrace(given));
};

export type OracleScene = {
  readonly world: World;
  readonly infer: (prompt: string, output: string) => Inference;
};

/** Settles one receipt of each output by the true claim, and waits until its epoch has closed. */
export const settleOutputs = (
  { world, infer }: OracleScene,
  model: ModelId,
  outputs: readonly string[],
  claimOf: (inference: Inference) => Claim,
): void => {
  const inferences = outputs.map((output) => infer('what', output));
  const batch = sendReceipts(
    world,
    model,
    inferences.map(({ body }, i) => ({ ...body, compute: BigInt(i) })),
  );
  settleAs(
    world,
    batch,
    inferences.map((inference, i) => [i, claimOf(inference)] as const),
  );
  world.until(world.height + 20n);
};

/** Returns what the words of a contribution have earned. */
export const earnedBy = ({ view }: World, contribution: ContributionId): bigint => {
  const accepted = acceptedOf(view, contribution);
  return accepted === undefined ? 0n : contributionEarned(view, contribution, accepted).spans;
};
