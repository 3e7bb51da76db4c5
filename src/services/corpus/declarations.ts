/** Reads from the chain what contributions have declared, and which parts of it were struck. */

import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { Declaration } from '../../../state/attribution/declaration.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import type { StruckPassages } from '../../attribution/calibration-items.ts';
import type { StruckRuns } from '../../attribution/phrase-holders.ts';
import { type RpcClient, toWire } from '../../client/rpc-client.ts';
import type { Height } from '../../lib/brands.ts';
import { unwrap } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';

type Given = ResultOf<'contribution_getDeclaration'>;

export type KnownDeclaration = {
  readonly declaration: Declaration;
  readonly struckRuns: ReadonlySet<number>;
  /** Returns the passages that were struck in blocks up to a height. */
  readonly struckPassages: (height: Height) => StruckPassages;
  /** A summary that changes when another run or passage is struck. */
  readonly standing: string;
};

/** The novel runs of a contribution that are struck, as the chain lists them. */
export type Strikes = NonNullable<ResultOf<'model_getContributions'>['contributions'][number]['struck']>;

/** Returns the novel runs that were struck in blocks up to a height, or by now if it is undefined; undefined if none was. */
export const struckRuns = ({ all, novelRuns }: Strikes, asOf: Height | undefined): StruckRuns | undefined => {
  const isBy = (height: Height): boolean => asOf === undefined || height <= asOf;
  if (all !== null && isBy(all)) return 'all';
  const struck = novelRuns.filter(({ height }) => isBy(height)).map(({ index }) => index);
  return struck.length === 0 ? undefined : new Set(struck);
};

/** The number of calls per batch. It is low because declarations may be long. */
const BATCH = 25;

const known = ({ shapes, copied, novelRuns, struck }: Given): KnownDeclaration => ({
  declaration: { shapes, copied, novelRuns },
  struckRuns: new Set(struck.novelRuns),
  struckPassages: (height) => ({
    struck: new Set(struck.passages.filter((each) => each.height <= height).map(({ index }) => index)),
  }),
  standing: JSON.stringify(struck, toWire),
});

/** Returns what contributions that are no commons have declared to be novel, by contribution id. */
export const fetchNovelRuns = async (
  client: RpcClient,
  contributions: readonly { readonly contribution: ContributionId; readonly commons: boolean }[],
): Promise<ReadonlyMap<number, readonly NovelRun[]>> => {
  const declared = await fetchDeclarations(
    client,
    contributions.filter(({ commons }) => !commons).map(({ contribution }) => contribution),
  );
  return new Map([...declared].map(([id, { declaration }]) => [id, declaration.novelRuns]));
};

/** Returns the declarations of contributions that were revealed, by contribution id. */
export const fetchDeclarations = async (
  client: RpcClient,
  contributions: readonly ContributionId[],
): Promise<ReadonlyMap<number, KnownDeclaration>> => {
  const found = new Map<number, KnownDeclaration>();
  for (let at = 0; at < contributions.length; at += BATCH) {
    const piece = contributions.slice(at, at + BATCH);
    const results = await client.batch(
      piece.map((contribution) => ({
        method: 'contribution_getDeclaration' as const,
        params: { contribution },
      })),
    );
    for (const [i, result] of results.entries()) found.set(piece[i] ?? 0, known(unwrap(result)));
  }
  return found;
};
