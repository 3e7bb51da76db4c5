/**
 * The reviewers of the Datanets. Each contribution is accepted if its declared numbers are those of the text that the
 * reviewers' own node has. Whether what it declares about other contributions is true is what the watcher checks.
 */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { waitUntil } from '../../src/client/wait.ts';
import { ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { contentDigest } from '../../state/tx/content-digest.ts';
import { contributionReview } from '../../state/tx/contribution-review.ts';
import type { Actor } from './actors.ts';
import type { ContentReader, Item } from './content.ts';
import { intent, type Ledger, PATIENTLY } from './ledger.ts';

type Contribution = ResultOf<'contribution_get'>;

/** The marks are made up: whether a contribution is any good is for people to judge. */
const QUALITY = { authenticity: 95, ownership: 95, quality: 90, uniqueness: 90 };

/** Checks that every declared number is true. */
export const factsHold = (
  { datanet, content, declared }: Pick<Contribution, 'datanet' | 'content' | 'declared'>,
  items: readonly Pick<Item, 'bytes' | 'tokens'>[],
): boolean => {
  const tokens = items.reduce((sum, each) => sum + each.tokens.count, 0);
  const bytes = items.reduce((sum, each) => sum + each.bytes, 0);
  const digest = contentDigest(
    datanet,
    items.map((each) => each.tokens),
  );
  return (
    content?.items === items.length &&
    content.tokens === BigInt(tokens) &&
    content.bytes === BigInt(bytes) &&
    declared !== null &&
    equal(declared.digest, digest)
  );
};

/** Reads the contributions on the reviewers' node, and has each judged by every reviewer. */
export const review = async (
  ledger: Ledger,
  content: ContentReader,
  reviewers: readonly Actor[],
  contributions: readonly ContributionId[],
): Promise<void> => {
  const node = ledger.reviewer;
  const intents = [];
  for (const contribution of contributions) {
    // This node may be a block behind the node that reported the reveal.
    const revealed = await waitUntil(
      `the reveal of contribution ${contribution}`,
      async () => {
        const found = await node.call('contribution_get', { contribution });
        return found.content === null ? undefined : found;
      },
      PATIENTLY,
    );
    const [read] = await content.contributions([revealed.content?.root ?? ZERO_ROOT]);
    // A text that is not there is no reason to reject what was contributed.
    invariant(read !== undefined, 'the reader waits until it has all of a contribution');
    const verdict = factsHold(revealed, read.items) ? 'accept' : 'reject';
    for (const reviewer of reviewers)
      intents.push(intent(reviewer, contributionReview, { contribution, quality: QUALITY, verdict }));
  }
  await ledger.submit(intents);
};
