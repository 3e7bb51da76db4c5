/** Finds the content that the chain names: a node shows it, and a node that hosts the Datanets fetches it from its peers. */
import type { Named } from '../src/content/showing.ts';
import { type Address, type Height, type Root, toHeight } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';
import type { Block } from '../src/lib/chain.ts';
import { unwrap } from '../src/lib/errors.ts';
import { maxBig } from '../src/lib/math.ts';
import { chainCommonsOf } from '../state/modules/data/chain-commons.ts';
import { contentOf, nextContribution } from '../state/modules/data/contributions.ts';
import { datanetOf, nextDatanet } from '../state/modules/data/datanets.ts';
import { waitingReceipts } from '../state/modules/models/deadlines.ts';
import { nextModel, versionCountOf } from '../state/modules/models/models.ts';
import { batchOf } from '../state/modules/receipts/receipts.ts';
import { type Params, settleBlocks } from '../state/params.ts';
import type { TransactionResult } from '../state/results.ts';
import type { Decided, Store } from '../state/store/store.ts';
import type { Tip } from '../state/tip.ts';
import { dataContribution } from '../state/tx/data-contribution.ts';
import { datanetCreate } from '../state/tx/datanet-create.ts';
import { inferenceReceipt } from '../state/tx/inference-receipt.ts';
import type { NamedContent } from '../state/tx/kind.ts';
import { kindById } from '../state/tx/registry.ts';
import { TransactionType } from '../state/tx/transaction.ts';

const rootOf = ({ root }: NamedContent): Root => root;

const namedBy = (by: Address, content: readonly NamedContent[]): readonly Named[] =>
  content.map(({ root, items }) => ({ root, items, by }));

const succeeded = (result: TransactionResult | undefined): boolean => result?.status === 'success';

/** Returns what content a height names that was just committed. */
export const newContent = ({ transactions, executed }: Decided): readonly Named[] =>
  transactions.flatMap(({ transaction, body }, i) =>
    succeeded(executed.results[i]) ? namedBy(transaction.from, body.content()) : [],
  );

/**
 * For how many blocks somebody needs the texts of a receipt whose version is calibrated, unless its settlement is reverted:
 * to settle it, to challenge that, and to answer a DEMAND.
 */
const textBlocks = ({ attribution }: Params): bigint =>
  settleBlocks(attribution) + BigInt(attribution.challengeWindow) + BigInt(attribution.answerWindow);

/** Returns the commons of the chain, if genesis names one. */
const genesisContent = ({ view }: Pick<Store, 'view'>): readonly NamedContent[] => {
  const commons = chainCommonsOf(view);
  return commons === undefined ? [] : [commons];
};

/** Returns the content root of the commons of the chain, if genesis names one. */
export const genesisRoots = (store: Pick<Store, 'view'>): readonly Root[] =>
  genesisContent(store).map(rootOf);

/** What of a store says which content the chain names. */
type NamingStore = Pick<Store, 'view' | 'results'> & {
  readonly block: (height: Height) => Pick<Block, 'transactions'> | undefined;
  readonly tip: () => Pick<Tip, 'height' | 'params'>;
};

/** Yields the content roots of the commons of the chain, and of the commons and contributions in the state, one piece for each. */
function* rootsInState({ view }: Pick<Store, 'view'>): Generator<readonly Root[]> {
  yield genesisRoots({ view });
  for (let id = 1; id < nextDatanet(view); id++) {
    const commons = datanetOf(view, id)?.terms.commons;
    yield commons === undefined ? [] : [commons.root];
  }
  for (let contribution = 1; contribution < nextContribution(view); contribution++) {
    const content = contentOf(view, contribution);
    yield content === undefined ? [] : [content.root];
  }
}

/** Tells which of some content is here. What was here once stays here. */
type AreHere = (roots: readonly Root[]) => Promise<readonly boolean[]>;

/**
 * Returns what yields the content roots that a node which hosts needs: all of the state, and those of the texts of receipts
 * that may still be settled and are not here. They come in pieces of one Datanet, contribution or block, so that the node can
 * do other work in between.
 *
 * The texts of receipts are named by blocks alone, and on a chain with windows of hours those of days count. So each block
 * is read once, and again only as long as texts that it names are not here.
 */
export const createContentRoots = (
  store: NamingStore,
  areHere: AreHere,
): (() => AsyncGenerator<readonly Root[], void, undefined>) => {
  /** The last height that was read, and the heights up to it that name texts which were not here. */
  let read = 0n;
  const lacking = new Set<Height>();

  const look = async (at: Height): Promise<readonly Root[]> => {
    const roots = contentAt(store, at, RECEIPTS).map(rootOf);
    const here = roots.length === 0 ? [] : await areHere(roots);
    const missing = roots.filter((_, i) => here[i] !== true);
    if (missing.length > 0) lacking.add(at);
    else lacking.delete(at);
    return missing;
  };

  return async function* contentRoots() {
    yield* rootsInState(store);
    const { height, params } = store.tip();
    const first = maxBig(1n, height - textBlocks(params));
    for (const at of waitingHeights(store))
      yield at !== undefined && at < first ? contentAt(store, at, RECEIPTS).map(rootOf) : [];
    for (const at of lacking) {
      if (at < first) lacking.delete(at);
      else yield await look(at);
    }
    for (let at = maxBig(first, read + 1n); at <= height; at++) {
      yield await look(toHeight(at));
      read = at;
    }
  };
};

/**
 * The heights of batches with receipts that wait, or have waited, for the calibration of their version, each once. It yields
 * nothing in between, so that the node can do other work however many receipts and versions there are.
 */
function* waitingHeights({ view }: Pick<Store, 'view'>): Generator<Height | undefined> {
  const batches = new Set<string>();
  const heights = new Set<Height>();
  for (let model = 1; model < nextModel(view); model++)
    for (let version = 1; version <= versionCountOf(view, model); version++) {
      yield undefined;
      for (const { batch } of waitingReceipts(view, { model, version })) {
        const key = toBareHex(batch);
        // A batch is decoded whole to find its height.
        const height = batches.has(key) ? undefined : batchOf(view, batch)?.height;
        batches.add(key);
        yield height === undefined || heights.has(height) ? undefined : height;
        if (height !== undefined) heights.add(height);
      }
    }
}

/** The kinds of transactions that name content. */
const NAMING: ReadonlySet<number> = new Set([datanetCreate.id, dataContribution.id, inferenceReceipt.id]);
const RECEIPTS: ReadonlySet<number> = new Set([inferenceReceipt.id]);

/** The content that transactions of these kinds name at a height. Only the envelope of other kinds is decoded. */
const contentAt = (
  store: Pick<NamingStore, 'block' | 'results'>,
  height: Height,
  kinds: ReadonlySet<number>,
): readonly Named[] => {
  const results = store.results(height);
  return (store.block(height)?.transactions ?? []).flatMap((bytes, i) => {
    const envelope = succeeded(results[i]) ? TransactionType.decode(bytes) : undefined;
    if (envelope?.ok !== true || !kinds.has(envelope.value.kind)) return [];
    const body = kindById(envelope.value.kind)?.decode(envelope.value.payload);
    return body === undefined ? [] : namedBy(envelope.value.from, unwrap(body).content());
  });
};

/** The heights of one piece: a node that begins with an empty content store looks through all blocks. */
const HEIGHTS_AT_ONCE = 256n;

/**
 * Yields what the blocks after a height name, in pieces, each with its last height. After height 0, what genesis names comes
 * first.
 */
export function* namedSince(
  store: Store,
  after: Height,
): Generator<{ readonly content: readonly Named[]; readonly height: Height }> {
  const { height: last } = store.tip();
  const named = after === 0n ? genesisContent(store) : [];
  if (named.length > 0) yield { content: named, height: after };
  let content: Named[] = [];
  for (let at = after + 1n; at <= last; at++) {
    content.push(...contentAt(store, toHeight(at), NAMING));
    if (at < last && (at - after) % HEIGHTS_AT_ONCE !== 0n) continue;
    yield { content, height: toHeight(at) };
    content = [];
  }
}
