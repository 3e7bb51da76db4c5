/** A chain whose blocks are the same in every process: the next follows from the height. */
import { toHex } from '../../src/lib/bytes.ts';
import { addressOf, chainOf, NAMES, type Ran, type TestChain } from '../unit/state/fixture.ts';

export const fixedChain = (): TestChain => chainOf();

export const nextOf = (chain: TestChain): Ran => {
  const { height } = chain.tip();
  return chain.run(
    NAMES.map(
      (name, i) =>
        chain.sign(name, 'transfer', {
          to: toHex(addressOf(`receiver ${(Number(height) * 4 + i) % 50}`)),
          amount: (height + 1n).toString(),
        }).bytes,
    ),
  );
};
