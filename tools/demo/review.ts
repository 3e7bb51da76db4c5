/**
 * What a reviewer can check without judging taste: that the declared facts are those of the content, as its own node has
 * it. To accept is to confirm them.
 */
import type { ResultOf } from '../../rpc/registry.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { waitUntil } from '../../src/client/wait.ts';
import { toHex, utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { type Tokens, tokenizeText } from '../../state/attribution/pt1.ts';
import type { Verdict } from '../../state/modules/contributions.ts';
import { contentDigest } from '../../state/tx/content-digest.ts';
import { contributionReview } from '../../state/tx/contribution-review.ts';
import type { Actor } from './cast.ts';
import { itemsOf } from './content.ts';
import { type Intent, intent } from './ledger.ts';
import { createNoveltyRegister, type NoveltyRegister } from './manuscript.ts';

type Contribution = ResultOf<'contribution_get'>;

/** Remembers what each Datanet holds already: what is novel is judged against it. */
export type ReviewDesk = {
  /** Of contributions that come after all that were judged before, in the order of seq. */
  readonly judge: (seqs: readonly number[]) => Promise<ReadonlyMap<number, Verdict>>;
};

const tokenize = (texts: readonly string[]): readonly Tokens[] =>
  texts.map((text) => unwrap(tokenizeText(text)));

/** Whether everything that was declared is so. */
export const factsHold = (
  { datanet, content, declared }: Pick<Contribution, 'datanet' | 'content' | 'declared'>,
  texts: readonly string[],
  novelTokens: number,
): boolean => {
  const items = tokenize(texts);
  const tokens = items.reduce((sum, { count }) => sum + count, 0);
  const bytes = texts.reduce((sum, text) => sum + utf8(text).length, 0);
  return (
    content?.items === texts.length &&
    content.tokens === String(tokens) &&
    content.bytes === String(bytes) &&
    declared?.digest === toHex(contentDigest(datanet, items)) &&
    declared.novelTokens === String(novelTokens)
  );
};

export const openReviewDesk = (node: RpcClient): ReviewDesk => {
  const registers = new Map<number, NoveltyRegister>();

  const registerOf = async (datanet: number): Promise<NoveltyRegister> => {
    const known = registers.get(datanet);
    if (known !== undefined) return known;
    const register = createNoveltyRegister();
    const { commonsSeq, terms } = await node.call('datanet_get', { id: datanet });
    const commons = await itemsOf(
      node,
      terms.commons.map(({ root }) => root),
    );
    for (const [i, texts] of commons.entries()) register.add(commonsSeq[i] ?? 0, tokenize(texts));
    registers.set(datanet, register);
    return register;
  };

  /** The node may be a block behind the one that told of the reveal. */
  const revealed = (seq: number): Promise<Contribution> =>
    waitUntil(`the reveal of contribution ${seq}`, async () => {
      const contribution = await node.call('contribution_get', { seq });
      return contribution.content === null ? undefined : contribution;
    });

  return {
    judge: async (seqs) => {
      const contributions = await Promise.all(seqs.map(revealed));
      const texts = await itemsOf(
        node,
        contributions.map(({ content }) => content?.root ?? ''),
      );
      const verdicts = new Map<number, Verdict>();
      for (const [i, contribution] of contributions.entries()) {
        const items = texts[i] ?? [];
        const register = await registerOf(contribution.datanet);
        const runs = register.add(contribution.seq, tokenize(items));
        const novelTokens = runs.reduce((sum, { start, end }) => sum + end - start, 0);
        verdicts.set(contribution.seq, factsHold(contribution, items, novelTokens) ? 'accept' : 'reject');
      }
      return verdicts;
    },
  };
};

/** The reviews of all of them by each of the reviewers. */
export const reviewIntents = async (
  desk: ReviewDesk,
  reviewers: readonly Actor[],
  contributions: readonly { readonly seq: number }[],
): Promise<readonly Intent[]> =>
  [...(await desk.judge(contributions.map(({ seq }) => seq)))].flatMap(([seq, verdict]) =>
    reviewers.map((reviewer) =>
      intent(reviewer, contributionReview, {
        seq,
        quality: { authenticity: 95, ownership: 95, quality: 90, uniqueness: 90 },
        verdict,
      }),
    ),
  );
