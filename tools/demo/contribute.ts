/** The way of contributions into a Datanet: commit, upload, reveal, review. */

import { randomBytes } from 'node:crypto';
import type { FullDeclaration } from '../../src/attribution/declaration.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { contributionCommit, contributionCommitment } from '../../state/tx/contribution-commit.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import type { Actor } from './cast.ts';
import { type Executed, eventField, type Intent, intent, type Ledger } from './ledger.ts';
import { digestOf, type Manuscript } from './manuscript.ts';

export const LICENCE = 'MIT';

/** Someone's manuscript for a Datanet. */
export type Submission = {
  readonly owner: Actor;
  readonly datanet: DatanetId;
  /** For people. */
  readonly title: string;
  readonly manuscript: Manuscript;
};

export type Committed = Submission & {
  /** Its place in line. */
  readonly contribution: ContributionId;
  readonly salt: Uint8Array;
};

/** Commits all; each result has its contribution id. */
export const commit = async (
  ledger: Ledger,
  submissions: readonly Submission[],
): Promise<readonly Committed[]> => {
  const salted = submissions.map((each) => ({ ...each, salt: new Uint8Array(randomBytes(32)) }));
  const executed = await ledger.submit(
    salted.map(({ owner, datanet, manuscript: { root }, salt }) =>
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

/** Gives the content to one node, which shares it; checks that the node sees the root that was committed. */
export const upload = async (
  ledger: Ledger,
  { manuscript, title }: Pick<Submission, 'manuscript' | 'title'>,
) => {
  const { roots } = await ledger.writer.call('content_put', {
    objects: [
      {
        type: 'contribution',
        items: manuscript.items.map(({ text, promptTokens, salt }) => ({
          text,
          promptTokens,
          salt: toHex(salt),
        })),
      },
    ],
  });
  if (roots[0] !== toHex(manuscript.root))
    throw new CodedError(fault('DEMO_CONTENT', `the node has another root for ${title}`));
};

export const revealIntent = (
  { owner, datanet, contribution, salt, manuscript }: Committed,
  declaration: FullDeclaration,
): Intent =>
  intent(owner, dataContribution, {
    contribution,
    datanet,
    salt,
    root: manuscript.root,
    digest: digestOf(datanet, manuscript),
    items: manuscript.items.length,
    tokens: BigInt(manuscript.tokens),
    bytes: BigInt(manuscript.bytes),
    ...declaration,
    role: 'data',
    parents: [],
    licence: LICENCE,
  });

/**
 * Reveals all. A block may hold them in another order than they were sent in, and one that cites another as copied fails
 * before that is revealed: it is sent again. @throws `DEMO_TX` for one that fails otherwise, or with all others there
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
