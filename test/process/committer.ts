/**
 * A process that commits the blocks of one fixed chain to a home as fast as it can, and says each height once it is on
 * disk. For the test that kills it. Arguments: the home.
 */
import { openStore } from '../../state/store/store.ts';
import { fixedChain, nextOf } from './fixed-chain.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: committer.ts HOME');
const chain = fixedChain();
const store = await openStore(directory, chain.genesis);
while (chain.tip().height < store.tip().height) nextOf(chain);
process.stdout.write('open\n');
for (;;) {
  const ran = nextOf(chain);
  await store.commit(ran);
  process.stdout.write(`${ran.block.header.height}\n`);
}
