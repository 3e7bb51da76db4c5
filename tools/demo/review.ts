/**
 * Checks what a reviewer can check without judging taste: that the declared facts match the content, which its own node
 * has. A reviewer who accepts confirms these facts.
 */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { DeclaredItem, FullDeclaration } from '../../src/attribution/declaration.ts';
import { declarationFault, type ItemTokens } from '../../src/attribution/declaration-check.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { waitUntil } from '../../src/client/wait.ts';
import { ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal, utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { tokenizeText } from '../../state/attribution/pt1.ts';
import { contentDigest } from '../../state/tx/content-digest.ts';
import type { Verdict } from '../../state/tx/contribution-review.ts';
import { contributionReview } from '../../state/tx/contribution-review.ts';
import type { Actor } from './actors.ts';
import { type ItemText, itemsOf } from './content.ts';
import { type Intent, intent } from './ledger.ts';
import { createRegister, type Register } from './prepared.ts';

type Contribution = ResultOf<'contribution_get'>;

/** Judges contributions. It remembers what each Datanet already holds, because novelty is judged against that. */
export type ReviewDesk = {
  /** Judges contributions, in the order of contribution id. They must come after all that were judged before. */
  readonly judge: (contributions: readonly ContributionId[]) => Promise<ReadonlyMap<number, Verdict>>;
};

type Declared = Pick<Contribution, 'datanet' | 'content' | 'declared'>;

const declaredItem = ({ text, promptTokens }: ItemText): DeclaredItem => ({
  tokens: unwrap(tokenizeText(text)),
  promptTokens,
});

/** Checks that every declared number is true. */
export const factsHold = (
  { datanet, content, declared }: Declared,
  texts: readonly string[],
  items: readonly DeclaredItem[],
): boolean => {
  const tokens = items.reduce((sum, item) => sum + item.tokens.count, 0);
  const bytes = texts.reduce((sum, text) => sum + utf8(text).length, 0);
  const digest = contentDigest(
    datanet,
    items.map((item) => item.tokens),
  );
  return (
    content?.items === items.length &&
    content.tokens === BigInt(tokens) &&
    content.bytes === BigInt(bytes) &&
    declared !== null &&
    equal(declared.digest, digest)
  );
};

/** The contents of a Datanet, as far as this reviewer has read it, by contribution id. */
type DatanetContents = { register: Register; readonly items: Map<number, readonly DeclaredItem[]> };

/** Returns what a contribution of these items has to declare, and keeps the items. */
const put = (
  { register, items }: DatanetContents,
  contribution: ContributionId,
  added: readonly DeclaredItem[],
): FullDeclaration => {
  items.set(contribution, added);
  return register.add(contribution, added);
};

/** Removes a rejected contribution: later ones are not compared with it. */
const remove = (contents: DatanetContents, contribution: ContributionId): void => {
  contents.items.delete(contribution);
  contents.register = createRegister();
  for (const [kept, items] of contents.items) contents.register.add(kept, items);
};

export const openReviewDesk = (node: RpcClient): ReviewDesk => {
  const contentsByDatanet = new Map<number, DatanetContents>();

  const contentsOf = async (datanet: DatanetId): Promise<DatanetContents> => {
    const known = contentsByDatanet.get(datanet);
    if (known !== undefined) return known;
    const contents: DatanetContents = { register: createRegister(), items: new Map() };
    const { commonsContribution, terms } = await node.call('datanet_get', { id: datanet });
    if (terms.commons !== undefined && commonsContribution !== null)
      for (const texts of await itemsOf(node, [terms.commons.root]))
        put(contents, commonsContribution, texts.map(declaredItem));
    contentsByDatanet.set(datanet, contents);
    return contents;
  };

  /** Waits for the reveal, because this node may be a block behind the node that reported it. */
  const revealed = (contribution: ContributionId): Promise<Contribution> =>
    waitUntil(`the reveal of contribution ${contribution}`, async () => {
      const found = await node.call('contribution_get', { contribution });
      return found.content === null ? undefined : found;
    });

  const isTrue = async (revealed: Contribution, texts: readonly ItemText[]): Promise<boolean> => {
    const { contribution, datanet } = revealed;
    const contents = await contentsOf(datanet);
    const items = texts.map(declaredItem);
    const truth = put(contents, contribution, items);
    const declared = await node.call('contribution_getDeclaration', { contribution });
    const itemTokens: ItemTokens = (from, item) => contents.items.get(from)?.[item]?.tokens;
    const plain = texts.map(({ text }) => text);
    const holds =
      factsHold(revealed, plain, items) &&
      declarationFault(contribution, declared, truth, itemTokens) === undefined;
    if (!holds) remove(contents, contribution);
    return holds;
  };

  return {
    judge: async (contributions) => {
      const judged = await Promise.all(contributions.map(revealed));
      const texts = await itemsOf(
        node,
        judged.map(({ content }) => content?.root ?? ZERO_ROOT),
      );
      const verdicts = new Map<number, Verdict>();
      for (const [i, each] of judged.entries())
        verdicts.set(each.contribution, (await isTrue(each, texts[i] ?? [])) ? 'accept' : 'reject');
      return verdicts;
    },
  };
};

/** Returns a review of each contribution by each of the reviewers. */
export const reviewIntents = async (
  desk: ReviewDesk,
  reviewers: readonly Actor[],
  contributions: readonly { readonly contribution: ContributionId }[],
): Promise<readonly Intent[]> =>
  [...(await desk.judge(contributions.map(({ contribution }) => contribution)))].flatMap(
    ([contribution, verdict]) =>
      reviewers.map((reviewer) =>
        intent(reviewer, contributionReview, {
          contribution,
          quality: { authenticity: 95, ownership: 95, quality: 90, uniqueness: 90 },
          verdict,
        }),
      ),
  );
