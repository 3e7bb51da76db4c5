/**
 * Whose words a proposed commons takes, as declared. The proposer chooses which place a copied run cites, and may cite a copy of
 * its own. So each place that its contribution declares as copied itself is followed to where that one was copied from.
 */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { type CopiedRun, tokensBySource } from '../../../state/attribution/declaration.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { AddressBook } from '../names.ts';

type Declaration = ResultOf<'contribution_getDeclaration'>;
/** A contribution, its owner, which is null for a commons, and the number of tokens of the proposal that it holds. */
export type Taken = Declaration['sources'][number];

/** The most declarations that are read for one proposal: places in other contributions stay as they are declared. */
const DECLARATIONS_MAX = 64;
/** The number of calls per batch. It is low because declarations may be long. */
const AT_ONCE = 16;
/** The most stretches that a proposal is divided into, and the most times that places are followed. */
const STRETCHES_MAX = 32_768;
const ROUNDS_MAX = 64;

type ByItem = ReadonlyMap<number, readonly CopiedRun[]>;
const NONE: ByItem = new Map();

/** Returns the index of the first run that ends after a token. Runs ascend by start and by end. */
const firstAfter = (runs: readonly CopiedRun[], token: number): number => {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.end ?? 0) <= token) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Divides a stretch by the copied runs of its source: what they cover goes on to where it was copied from. */
const followed = (
  stretch: CopiedRun,
  byItem: ByItem,
): { readonly here: readonly CopiedRun[]; readonly onward: readonly CopiedRun[] } => {
  const { sourceItem, sourcePos, start } = stretch;
  const here: CopiedRun[] = [];
  const onward: CopiedRun[] = [];
  const end = sourcePos + (stretch.end - start);
  const part = (from: number, to: number): CopiedRun => ({
    ...stretch,
    start: start + (from - sourcePos),
    end: start + (to - sourcePos),
    sourcePos: from,
  });
  let at = sourcePos;
  const runs = byItem.get(sourceItem) ?? [];
  for (let i = firstAfter(runs, at); i < runs.length && at < end; i++) {
    const run = runs[i];
    if (run === undefined || run.start >= end) break;
    const from = Math.max(at, run.start);
    const to = Math.min(end, run.end);
    if (from > at) here.push(part(at, from));
    const { contribution, sourceItem: item, sourcePos: pos } = run;
    onward.push({ ...part(from, to), contribution, sourceItem: item, sourcePos: pos + (from - run.start) });
    at = to;
  }
  if (at < end) here.push(part(at, end));
  return { here, onward };
};

const byTokens = (stretches: readonly CopiedRun[]): readonly ContributionId[] =>
  [...tokensBySource(stretches)]
    .sort(([a, x], [b, y]) => y - x || a - b)
    .map(([contribution]) => contribution);

/**
 * Returns the contributions that hold the words of a proposal by the declarations, ascending by id, without the proposal.
 * A source that the node cannot show the declaration of, such as the commons a Datanet was created with, ends the way.
 */
export const takenBy = async (client: RpcClient, proposal: ContributionId): Promise<readonly Taken[]> => {
  const own = await client.call('contribution_getDeclaration', { contribution: proposal });
  const runs = new Map<ContributionId, ByItem>();
  const owners = new Map<ContributionId, Taken['owner']>();
  const read = (contribution: ContributionId, declaration: Declaration | undefined): void => {
    runs.set(
      contribution,
      Map.groupBy(declaration?.copied ?? [], ({ item }) => item),
    );
    for (const each of declaration?.sources ?? []) owners.set(each.contribution, each.owner);
  };
  read(proposal, own);
  const ended: CopiedRun[] = [];
  let open: readonly CopiedRun[] = own.copied;
  for (let round = 0; round < ROUNDS_MAX && open.length > 0; round++) {
    if (ended.length + open.length > STRETCHES_MAX) break;
    // Those that hold most are read first, so that many short citations do not hide a long one.
    const unread = byTokens(open).filter((each) => !runs.has(each));
    const asked = unread.slice(0, DECLARATIONS_MAX - runs.size);
    for (let at = 0; at < asked.length; at += AT_ONCE) {
      const piece = asked.slice(at, at + AT_ONCE);
      const answers = await client.batch(
        piece.map((contribution) => ({
          method: 'contribution_getDeclaration' as const,
          params: { contribution },
        })),
      );
      for (const [i, contribution] of piece.entries()) {
        const answer = answers[i];
        read(contribution, answer?.ok === true ? answer.value : undefined);
      }
    }
    const divided = open.map((each) => followed(each, runs.get(each.contribution) ?? NONE));
    ended.push(...divided.flatMap(({ here }) => here));
    open = divided.flatMap(({ onward }) => onward);
  }
  return [...tokensBySource([...ended, ...open])]
    .filter(([contribution]) => contribution !== proposal)
    .sort(([a], [b]) => a - b)
    .map(([contribution, tokens]) => ({
      contribution,
      owner: owners.get(contribution) ?? null,
      tokens: BigInt(tokens),
    }));
};

/** The contributions that are named whose words a proposal takes; those with most words come first. */
const TAKEN_SHOWN = 10;

/** Says whose words would be nobody's, for models that are registered later. */
export const takenLines = (
  proposal: ContributionId,
  taken: readonly Taken[],
  book: Pick<AddressBook, 'label'>,
): readonly string[] => [
  '  it proposes a commons: what it holds would be nobody’s, for models that are registered after it is accepted',
  ...taken
    .toSorted((a, b) => Number(b.tokens - a.tokens))
    .slice(0, TAKEN_SHOWN)
    .map(
      ({ contribution, owner, tokens }) =>
        `  it takes ${tokens} tokens from ${owner === null ? `commons ${contribution}` : `contribution ${contribution} of ${book.label(owner)}`}`,
    ),
  ...(taken.length > TAKEN_SHOWN ? [`  and some from ${taken.length - TAKEN_SHOWN} more contributions`] : []),
  `  this is as declared; "openledger review ${proposal} --accept --dry-run" finds all who have brought its words`,
];
