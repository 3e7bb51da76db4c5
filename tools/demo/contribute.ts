/** The steps of a contribution: commit, upload, reveal, review. */

import { randomBytes } from 'node:crypto';
import type { FullDeclaration } from '../../src/attribution/declaration.ts';
import { equal } from '../../src/lib/bytes.ts';
import { CodedError, fault } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { contributionCommit, contributionCommitment } from '../../state/tx/contribution-commit.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import type { Actor } from './actors.ts';
import { type Executed, eventField, type Intent, intent, type Ledger } from './ledger.ts';
import { digestOf, type Prepared } from './prepared.ts';

export const LICENCE = 'MIT';

/** A prepared contribution with its owner and its Datanet. */
export type Submission = {
  readonly owner: Actor;
  readonly datanet: DatanetId;
  /** The name in messages to people. */
  readonly title: string;
  readonly prepared: Prepared;
};

export type Committed = Submission & {
  /** Its place in the order of contributions. */
  readonly contribution: ContributionId;
  readonly salt: Uint8Array;
};

/** Commits all submissions, and returns each with its contribution id. */
export const commit = async (
  ledger: Ledger,
  submissions: readonly Submission[],
): Promise<readonly Committed[]> => {
  const salted = submissions.map((each) => ({ ...each, salt: new Uint8Array(randomBytes(32)) }));
  const executed = await ledger.submit(
    salted.map(({ owner, datanet, prepared: { root }, salt }) =>
      intent(owner, contributionCommit, {
        datanet,
        commitment: contributionCommitment({ datanet, root, salt, sender: owner.address }),
      }),
    ),
  );
  return executed.flatMap((result, i) => {
    const submission = salted[i];
    return submission === undefined
      ? []
      : [
          {
            ...submission,
            contribution: Number(eventField(result, 'contributionCommitted', 'contribution')),
          },
        ];
  });
};

/** Uploads the content to one node, which shares it, and checks that the node computes the root that was committed. */
export const upload = async (ledger: Ledger, { prepared, title }: Pick<Submission, 'prepared' | 'title'>) => {
  const { roots } = await ledger.writer.call('content_put', {
    objects: [
      {
        type: 'contribution',
        items: prepared.items.map(({ text, promptTokens, salt }) => ({
          text,
          promptTokens,
          salt,
        })),
      },
    ],
  });
  if (roots[0] === undefined || !equal(roots[0], prepared.root))
    throw new CodedError(fault('DEMO_CONTENT', `the node computed another root for ${title}`));
};

export const revealIntent = (
  { owner, datanet, contribution, salt, prepared }: Committed,
  declaration: FullDeclaration,
): Intent =>
  intent(owner, dataContribution, {
    contribution,
    datanet,
    salt,
    root: prepared.root,
    digest: digestOf(datanet, prepared),
    items: prepared.items.length,
    tokens: BigInt(prepared.tokens),
    bytes: BigInt(prepared.bytes),
    ...declaration,
    role: 'data',
    parents: [],
    licence: LICENCE,
  });

/**
 * Reveals all. A block may execute them in another order than they were sent in, and one that cites a later one as
 * copied then fails: it is sent again. @throws `DEMO_TX` for one that fails for another reason, or that still fails
 * when all others are revealed
 */
export const revealAll = async (ledger: Ledger, reveals: readonly Intent[]): Promise<void> => {
  for (let open = reveals; open.length > 0; ) {
    const outcomes = await ledger.attempt(open);
    const again = open.filter((_, i) => {
      const outcome = outcomes[i];
      return outcome !== undefined && faultCodeOf(outcome) === 'CONTRIBUTION_COPIED_SOURCE';
    });
    const failed = outcomes.find(
      (outcome) => outcome.status !== 'committed' && faultCodeOf(outcome) !== 'CONTRIBUTION_COPIED_SOURCE',
    );
    if (failed !== undefined || again.length === open.length)
      throw new CodedError(
        fault('DEMO_TX', `a reveal: ${failed === undefined ? 'no source' : faultCodeOf(failed)}`),
      );
    open = again;
  }
};

export const faultCodeOf = ({ status, error }: Executed): string => (error === null ? status : error.code);
