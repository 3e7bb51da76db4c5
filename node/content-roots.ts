/** Which content the chain speaks of: what a node that hosts the Datanets gets from its peers. */
import type { Root } from '../src/lib/brands.ts';
import type { Result } from '../src/lib/errors.ts';
import { contentOf, nextSeq } from '../state/modules/data/contributions.ts';
import { datanetOf, nextDatanet } from '../state/modules/data/datanets.ts';
import type { Params } from '../state/params.ts';
import type { TransactionResult } from '../state/results.ts';
import type { Decided, Store } from '../state/store/store.ts';
import { dataContribution } from '../state/tx/data-contribution.ts';
import { datanetCreate } from '../state/tx/datanet-create.ts';
import { inferenceReceipt } from '../state/tx/inference-receipt.ts';
import { type Transaction, TransactionType } from '../state/tx/transaction.ts';

const valueOr = <T>(decoded: Result<T>): T | undefined => (decoded.ok ? decoded.value : undefined);

/** The content that one transaction brings to the chain. */
const rootsOf = ({ kind, payload }: Transaction): readonly Root[] => {
  switch (kind) {
    case datanetCreate.id:
      return valueOr(datanetCreate.payload.decode(payload))?.commons.map(({ root }) => root) ?? [];
    case dataContribution.id: {
      const content = valueOr(dataContribution.payload.decode(payload));
      return content === undefined ? [] : [content.root];
    }
    case inferenceReceipt.id: {
      const groups = valueOr(inferenceReceipt.payload.decode(payload))?.groups ?? [];
      return groups.flatMap(({ receipts }) =>
        receipts.flatMap(({ promptRoot, outputRoot }) => [promptRoot, outputRoot]),
      );
    }
    default:
      return [];
  }
};

const succeeded = (result: TransactionResult | undefined): boolean => result?.status === 'success';

/** Of a height just committed. */
export const newContentRoots = ({ transactions, executed }: Decided): readonly Root[] =>
  transactions.flatMap(({ transaction }, i) => (succeeded(executed.results[i]) ? rootsOf(transaction) : []));

/** Heights after which a receipt can no longer be settled, so that nobody needs its texts. */
const settleBlocks = ({ attribution }: Params): bigint =>
  BigInt(attribution.epochBlocks) * BigInt(attribution.settleEpochs + 1);

/**
 * All of it: the contributions and commons in the state, and the texts of the receipts that may yet be settled. In
 * pieces, of one Datanet, contribution or block each: a node has other things to do in between.
 */
export function* allContentRoots(store: Store): Generator<readonly Root[]> {
  const { view } = store;
  for (let id = 1; id < nextDatanet(view); id++) {
    yield (datanetOf(view, id)?.terms.commons ?? []).map(({ root }) => root);
  }
  for (let seq = 1; seq < nextSeq(view); seq++) {
    const content = contentOf(view, seq);
    yield content === undefined ? [] : [content.root];
  }
  const { height, params } = store.tip();
  const first = height - settleBlocks(params);
  for (let at = first < 1n ? 1n : first; at <= height; at++) yield receiptRoots(store, at);
}

/** Only the envelope of transactions of other kinds is decoded. */
const receiptRoots = (store: Store, height: bigint): readonly Root[] => {
  const results = store.results(height) ?? [];
  return (store.block(height)?.transactions ?? []).flatMap((bytes, i) => {
    const envelope = succeeded(results[i]) ? TransactionType.decode(bytes) : undefined;
    return envelope?.ok === true && envelope.value.kind === inferenceReceipt.id
      ? rootsOf(envelope.value)
      : [];
  });
};
