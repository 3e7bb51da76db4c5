/** Finds the content that the chain refers to, which a node that hosts the Datanets fetches from its peers. */
import { type Height, type Root, toHeight } from '../src/lib/brands.ts';
import { unwrap } from '../src/lib/errors.ts';
import { contentOf, nextContribution } from '../state/modules/data/contributions.ts';
import { datanetOf, nextDatanet } from '../state/modules/data/datanets.ts';
import type { Params } from '../state/params.ts';
import type { TransactionResult } from '../state/results.ts';
import type { Decided, Store } from '../state/store/store.ts';
import { inferenceReceipt } from '../state/tx/inference-receipt.ts';
import { TransactionType } from '../state/tx/transaction.ts';

const succeeded = (result: TransactionResult | undefined): boolean => result?.status === 'success';

/** Returns the content roots of a height that was just committed. */
export const newContentRoots = ({ transactions, executed }: Decided): readonly Root[] =>
  transactions.flatMap(({ body }, i) => (succeeded(executed.results[i]) ? body.contentRoots() : []));

/** The number of heights after which a receipt can no longer be settled, so that nobody needs its texts. */
const settleBlocks = ({ attribution }: Params): bigint =>
  BigInt(attribution.epochBlocks) * BigInt(attribution.settleEpochs + 1);

/**
 * Yields all content roots: of the contributions and commons in the state, and of the texts of receipts that may still be
 * settled. They come in pieces of one Datanet, contribution or block, so that the node can do other work in between.
 */
export function* allContentRoots(store: Store): Generator<readonly Root[]> {
  const { view } = store;
  for (let id = 1; id < nextDatanet(view); id++) {
    const commons = datanetOf(view, id)?.terms.commons;
    yield commons === undefined ? [] : [commons.root];
  }
  for (let contribution = 1; contribution < nextContribution(view); contribution++) {
    const content = contentOf(view, contribution);
    yield content === undefined ? [] : [content.root];
  }
  const { height, params } = store.tip();
  const first = height - settleBlocks(params);
  for (let at = first < 1n ? 1n : first; at <= height; at++) yield receiptRoots(store, toHeight(at));
}

/** Only the envelope of other kinds of transactions is decoded. */
const receiptRoots = (store: Store, height: Height): readonly Root[] => {
  const results = store.results(height) ?? [];
  return (store.block(height)?.transactions ?? []).flatMap((bytes, i) => {
    const envelope = succeeded(results[i]) ? TransactionType.decode(bytes) : undefined;
    if (envelope?.ok !== true || envelope.value.kind !== inferenceReceipt.id) return [];
    return inferenceReceipt.contentRoots(unwrap(inferenceReceipt.payload.decode(envelope.value.payload)));
  });
};
