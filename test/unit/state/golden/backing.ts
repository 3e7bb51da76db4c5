/** Claims of receipts that hold more data money than one attestor has, and late proofs of those that were false. */
import { attributionBacking } from '../../../../state/tx/attribution-backing.ts';
import { challengeAs, send, settleAs } from '../economy/dispute-scenes.ts';
import { attestor, claimOf } from '../economy/scenes.ts';
import { intent } from '../economy/world.ts';
import type { Models } from './calibrations.ts';
import { type GoldenChain, JOINER } from './chain.ts';
import type { Data } from './contributions.ts';
import { sceneOf } from './receipts.ts';

export const playBacking = (chain: GoldenChain, data: Data, models: Models): void => {
  const scene = sceneOf(chain, data, models);
  const honest = scene.infer('why', Array.from({ length: 4_000 }, (_, i) => `w${i}`).join(' '));
  chain.until(chain.height + 20n);
  const batch = send(scene, honest);
  const settlement = settleAs(chain, batch, [[0, claimOf(honest.body.tokensOut, [])]]);
  const back = (amount: bigint) => intent(JOINER, attributionBacking, { settlement, amount });
  chain.block(
    back(1n),
    intent(attestor, attributionBacking, { settlement, amount: 20_000n }),
    back(20_000n),
    back(1n),
  );
  chain.until(chain.height + 4n);
  // All that bears information was claimed to bear ten bits for each token.
  challengeAs(
    chain,
    { batch, index: 0, settlement },
    {
      type: 'info',
      value: { border: 0, output: honest.outputEvidence.open(511, 513), passages: undefined },
    },
  );
  // Nobody joins this one.
  chain.until(chain.height + 12n);
  settleAs(chain, send(scene, honest), [[0, honest.claim]]);
  chain.until(chain.height + 21n);
};
