/**
 * A claim that proves what the oracle says, found by looking at everything: for each position one match of its owner, and one
 * shared run for each that several owners brought. It shares nothing with the tracer that makes claims for attestors.
 */
import type { Claim, Echo, Match, Shared } from '../../state/attribution/claim.ts';
import { type OracleAnswer, type OracleCase, oracleInformation } from './oracle.ts';

type Place = { readonly item: number; readonly pos: number };

/** How many tokens from `start` of the output and from `pos` of the item on are equal. */
const runOf = (
  output: readonly string[],
  start: number,
  item: readonly string[],
  pos: number,
  most: number,
): number => {
  let length = 0;
  while (
    length < most &&
    start + length < output.length &&
    pos + length < item.length &&
    output[start + length] === item[pos + length]
  )
    length += 1;
  return length;
};

/** The place at which one of the items holds most of the output from `start` on, and how many tokens that is. */
const longest = (
  output: readonly string[],
  start: number,
  items: readonly (readonly string[])[],
  most: number,
): Place & { readonly length: number } => {
  let best = { item: 0, pos: 0, length: 0 };
  for (const [item, tokens] of items.entries())
    for (let pos = 0; pos < tokens.length; pos++) {
      const length = runOf(output, start, tokens, pos, most);
      if (length > best.length) best = { item, pos, length };
    }
  return best;
};

const echoesOf = (
  { output, prompt, promptMin = 8 }: OracleCase,
  excluded: OracleAnswer['excluded'],
): readonly Echo[] => {
  const echoes: Echo[] = [];
  for (const [first, past] of excluded)
    for (let t = first; t < past; ) {
      let best: Echo | undefined;
      for (let start = 0; start <= t; start++) {
        const { pos, length } = longest(output, start, [prompt], output.length);
        if (length >= promptMin && start + length > Math.max(t, best?.end ?? 0))
          best = { start, end: start + length, place: pos };
      }
      if (best === undefined) throw new Error('an excluded position lies in a run of the prompt');
      echoes.push(best);
      t = best.end;
    }
  return echoes;
};

/** The claim that proves the oracle's answer. */
export const oracleClaim = (given: OracleCase, answer: OracleAnswer): Claim => {
  const { version, output, corpus, imin, lmin = 8, lmax = 256 } = given;
  const { owners, seconds, excluded } = answer;
  const info = oracleInformation(output, version, given.info);
  const isExcluded = (t: number): boolean => excluded.some(([start, end]) => start <= t && t < end);
  const outside = (start: number, end: number): number => {
    let sum = 0;
    for (let t = start; t < end; t++) if (!isExcluded(t)) sum += info[t] ?? 0;
    return sum;
  };
  const x = echoesOf(given, excluded);

  const matches: Match[] = [];
  const runs: { readonly match: Match; readonly run: Omit<Shared, 'match'> }[] = [];
  /** The run over t that starts last of those that qualify in all of the contributions. */
  const over = (t: number, contributions: readonly number[], most: number) => {
    for (let start = t; start >= 0; start--) {
      const places = contributions.map((each) => longest(output, start, corpus[each] ?? [], most));
      const end = start + Math.min(...places.map(({ length }) => length));
      if (end > t && end - start >= lmin && outside(start, end) >= 256 * imin) return { start, end, places };
    }
    throw new Error('the owner of a position holds a run over it');
  };
  const at = (contribution: number, start: number, end: number, { item, pos }: Place): Match => ({
    start,
    end,
    contribution,
    item,
    pos,
  });
  for (const [t, owner] of owners.entries()) {
    const second = seconds[t] ?? null;
    if (owner === null) continue;
    const isProven = matches.some(
      ({ start, end, contribution }) => contribution === owner && start <= t && t < end,
    );
    const isShown = runs.some(
      ({ match, run: { start, end } }) => match.contribution === owner && start <= t && t < end,
    );
    if (second === null ? isProven : isShown) continue;
    const cited = second === null ? [owner] : [owner, second];
    const { start, end, places } = over(t, cited, second === null ? lmax : Math.min(128, lmax));
    const [own, other] = places;
    if (own === undefined) throw new Error('there is a place for each');
    const match = at(owner, start, end, own);
    const key = JSON.stringify(match);
    const same = matches.find((each) => JSON.stringify(each) === key);
    if (same === undefined) matches.push(match);
    if (second !== null && other !== undefined)
      runs.push({ match: same ?? match, run: at(second, start, end, other) });
  }
  const inOrder = matches.toSorted(
    (a, b) =>
      a.start - b.start ||
      a.end - b.end ||
      a.contribution - b.contribution ||
      a.item - b.item ||
      a.pos - b.pos,
  );
  const shared = runs
    .map(({ match, run }) => ({ match: inOrder.indexOf(match), ...run }))
    .sort(
      (a, b) =>
        a.start - b.start ||
        a.end - b.end ||
        a.match - b.match ||
        a.contribution - b.contribution ||
        a.item - b.item ||
        a.pos - b.pos,
    );
  const borders = new Set([output.length]);
  for (const { start, end } of [...x, ...inOrder, ...shared]) borders.add(start).add(end);
  const sums = [...borders]
    .sort((a, b) => a - b)
    .map((border) => info.slice(0, border).reduce((sum, each) => sum + each, 0));
  return { x, matches: inOrder, shared, info: sums };
};
