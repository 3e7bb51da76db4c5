/**
 * What has to be known before rows are proposed as a commons: that the Datanet holds all of their words already, and who has
 * brought them. Reviewers decide whether they are common; the chain only asks where they stand.
 */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { rulesOf } from '../../state/attribution/rules.ts';
import { type Tokens, tokenAt } from '../../state/attribution/tokens.ts';
import { wordsHeld } from '../attribution/common-words.ts';
import type { HeldRun } from '../attribution/copied-runs.ts';
import type { DatanetIndex } from '../attribution/novelty.ts';
import { ownerOf } from '../client/contribution-info.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { type Fault, unwrap } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { showUtf8 } from '../lib/text.ts';
import type { DatanetContents } from './datanet-contents.ts';
import { fault } from './errors.ts';
import type { Row } from './rows.ts';

/** A contribution that holds words of a proposal. */
export type CommonPlace = {
  readonly contribution: ContributionId;
  /** Null for a commons. */
  readonly owner: string | null;
  /** The number of tokens of the proposal that it holds, in runs of copyMin or more. */
  readonly tokens: number;
};

/** The contributions that are named; those that hold most come first. */
const SHOWN = 10;
/** The owners that one request asks for. */
const OWNERS_AT_ONCE = 100;
/** The words that a message quotes. */
const QUOTED = 12;

/** Returns the words that no run covers, from the first that is left open on; undefined if all are covered. Runs ascend. */
const firstOpen = (
  count: number,
  runs: readonly HeldRun[],
): { readonly start: number; readonly end: number } | undefined => {
  let covered = 0;
  for (const { start, end } of runs) {
    if (start > covered) return { start: covered, end: start };
    covered = end;
  }
  return covered < count ? { start: covered, end: count } : undefined;
};

const wordsOf = (tokens: Tokens, start: number, end: number): string =>
  Array.from({ length: end - start }, (_, i) => showUtf8(tokenAt(tokens, start + i))).join(' ');

/**
 * Returns why rows cannot be proposed as a commons: by these rules no commons comes first, `CONTRIBUTION_COMMONS_RULES`, or
 * there are words that stand nowhere in the Datanet, `CONTRIBUTE_NOT_COMMON`.
 *
 * @param index - what the Datanet has accepted
 */
export const uncommonFault = (
  rows: readonly Row[],
  index: DatanetIndex,
  { id, terms }: Pick<ResultOf<'datanet_get'>, 'id' | 'terms'>,
  copyMin: number,
): Fault | undefined => {
  if (!rulesOf(terms.rules).commonsFirst)
    return fault(
      'CONTRIBUTION_COMMONS_RULES',
      `Datanet ${id} has version ${terms.rules} of the rules of attribution, where a commons that came later would not come first`,
      { datanet: id },
    );
  const copied = index.copiedRunsOfAll(rows.map(({ tokens }) => tokens));
  for (const [i, { line, tokens }] of rows.entries()) {
    const open = firstOpen(tokens.count, copied[i] ?? []);
    if (open === undefined) continue;
    const { start, end } = open;
    const words = wordsOf(tokens, start, Math.min(end, start + QUOTED));
    return fault(
      'CONTRIBUTE_NOT_COMMON',
      `line ${line}: of its ${tokens.count} tokens, ${start} to ${end} ("${words}${end - start > QUOTED ? ' …' : ''}") stand in no run of ${copyMin} or more that an accepted contribution to Datanet ${id} holds; only what the Datanet holds already can become a commons: leave out the rest`,
      { line, start, end },
    );
  }
  return undefined;
};

/**
 * Returns the accepted contributions that hold words of a text, those that hold most first.
 * @param items - the text
 */
export const commonPlaces = async (
  client: RpcClient,
  items: readonly Tokens[],
  { contributions }: Pick<DatanetContents, 'contributions'>,
  copyMin: number,
): Promise<readonly CommonPlace[]> => {
  const accepted = contributions
    .filter((each) => each.accepted)
    .map(({ contribution, items: theirs }) => ({ contribution, items: theirs.map(({ tokens }) => tokens) }));
  const held = wordsHeld(items, accepted, copyMin).toSorted((a, b) => b.tokens - a.tokens);
  const places: CommonPlace[] = [];
  for (let at = 0; at < held.length; at += OWNERS_AT_ONCE) {
    const piece = held.slice(at, at + OWNERS_AT_ONCE);
    const answers = await client.batch(
      piece.map(({ contribution }) => ({ method: 'contribution_get' as const, params: { contribution } })),
    );
    for (const [i, answer] of answers.entries()) {
      const info = unwrap(answer);
      places.push({
        contribution: info.contribution,
        owner: ownerOf(info),
        tokens: piece[i]?.tokens ?? 0,
      });
    }
  }
  return places;
};

/**
 * Says where words of a proposal stand, and whose they are.
 * @param show - what an account is called
 */
export const placeLines = (
  places: readonly CommonPlace[],
  tokens: number,
  show: (owner: string) => string,
): readonly string[] => {
  const owners = new Set(places.flatMap(({ owner }) => owner ?? []));
  const more = places.length - SHOWN;
  const one = [...owners][0];
  return [
    ...places
      .slice(0, SHOWN)
      .map(
        ({ contribution, owner, tokens: held }) =>
          `${held} of ${tokens} tokens stand in ${owner === null ? `commons ${contribution}` : `contribution ${contribution} of ${show(owner)}`}`,
      ),
    ...(more > 0 ? [`and some of them in ${more} more contributions`] : []),
    ...(owners.size === 1 && one !== undefined
      ? [
          `only one account, ${show(one)}, has brought these words to the Datanet: whether they are common, its reviewers have to judge from elsewhere`,
        ]
      : []),
  ];
};
