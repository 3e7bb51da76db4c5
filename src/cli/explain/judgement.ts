/** Judges what a search has found, and reads the text around what is shown of it. */
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Result } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { fail } from '../errors.ts';
import { citedBringer, searchedBringer } from './bringers.ts';
import type { Facts } from './facts.ts';
import { type Case, type Part, partsOf } from './fates.ts';
import { groundsOf } from './grounds.ts';
import type { Search, Searched } from './search.ts';
import { itemTextsOf, type ShownText } from './texts.ts';
import type { Names } from './tracing.ts';
import { type Picked, uncreditedOf } from './uncredited.ts';

/** The most parts that are shown of what the contribution holds that was asked about. */
const PARTS_MAX = 24;

export type Judgement = {
  readonly search: Search;
  /** These are undefined if the answer is not available. */
  readonly judged: Case | undefined;
  readonly picked: Picked | undefined;
  /** All parts of the answer that the contribution holds which was asked about. */
  readonly parts: readonly Part[];
};

/** Returns the parts that are shown. */
export const shownParts = ({ parts }: Pick<Judgement, 'parts'>): readonly Part[] => parts.slice(0, PARTS_MAX);

export const judge = (facts: Facts, search: Search, names: Names): Judgement => {
  const { asked, found } = search;
  if (found === undefined) return { search, judged: undefined, picked: undefined, parts: [] };
  const { standing, matchBitsLeast } = facts.calibration;
  const matchBitsMin = standing.type === 'final' ? standing.matchBits : matchBitsLeast;
  const rules = { ...facts.rules, matchBitsMin };
  const commons = new Set(
    [...facts.contributions, ...found.holders.map((each) => [each.contribution, each] as const)].flatMap(
      ([contribution, { owner }]) => (owner === null ? [contribution] : []),
    ),
  );
  const bringers = new Map([
    ...[...facts.contributions].map(([id, cited]) => [id, citedBringer(id, cited, names)] as const),
    ...found.holders.map((each) => [each.contribution, searchedBringer(each, names)] as const),
  ]);
  const judged: Case = {
    grounds: groundsOf(found, rules, facts.settlement?.claim, commons),
    calibration: standing,
    isCommons: (contribution) => commons.has(contribution),
    bringer: (contribution) => bringers.get(contribution),
  };
  const long = (asked?.runs ?? []).filter(({ start, end }) => end - start >= found.runTokensMin);
  return {
    search,
    judged,
    picked: uncreditedOf(judged, found, names),
    parts: asked === undefined ? [] : partsOf(judged, asked, long),
  };
};

/** Returns an item of a contribution that a judgement shows. */
export type Around = (contribution: ContributionId, item: number) => Result<ShownText>;

export const NOTHING_READ: Around = () => fail('CONTENT_NOT_FOUND', 'the item was not read');

/** Reads the items that a judgement shows, as their authors wrote them: a search compares tokens only. */
export const readAround = async (client: RpcClient, judgement: Judgement): Promise<Around> => {
  const {
    search: { asked },
    picked,
  } = judgement;
  const wanted = new Map<number, { readonly source: Searched; readonly items: Set<number> }>();
  const want = (source: Searched, item: number): void => {
    const known = wanted.get(source.contribution) ?? { source, items: new Set() };
    known.items.add(item);
    wanted.set(source.contribution, known);
  };
  for (const { source, holder } of picked?.shown ?? []) want(source, holder.item);
  if (asked !== undefined) for (const { item } of shownParts(judgement)) want(asked, item);
  const texts = new Map<number, ReadonlyMap<number, Result<ShownText>>>();
  for (const [contribution, { source, items }] of wanted)
    texts.set(contribution, await itemTextsOf(client, source.root, [...items]));
  return (contribution, item) => texts.get(contribution)?.get(item) ?? NOTHING_READ(contribution, item);
};
