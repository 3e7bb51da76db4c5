/**
 * Whether a claim is true, worked out by brute force from docs/attribution.md#rules and docs/calibration.md#the-rules
 * and the words alone: independent of the
 * code that makes claims, refutes them and judges witnesses.
 */
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import { oracleInformation } from '../../oracle/oracle.ts';
import type { Words } from '../attribution/texts.ts';
import {
  areIndependent,
  type Case,
  type Contribution,
  hasNobodys,
  inOrder,
  isOfDrawnOwner,
} from './cases.ts';

export type Truth = {
  /** Q8 bits of each position; 0 where it is copied. */
  readonly info: readonly number[];
  readonly echoed: readonly boolean[];
  readonly owners: readonly (number | undefined)[];
  /** Which positions have an owner and are nobody's, because another owner brought them independently. */
  readonly shared: readonly boolean[];
  /** Which positions of an item match nothing. */
  readonly copied: (contribution: ContributionId, item: number) => readonly boolean[];
};

const copiedIn = ({ items, declaration, struck, commons }: Contribution): readonly (readonly boolean[])[] => {
  const marks = items.map(({ words }) => words.map(() => false));
  if (commons) return marks;
  for (const [i, { item, start, end, type }] of derivePassages(declaration).passages.entries())
    if (type === 'copied' || struck.has(i)) marks[item]?.fill(true, start, end);
  return marks;
};

/** How many words of a from i and of b from j on are equal, and copied on neither side. */
const commonRun = (
  a: Words,
  i: number,
  aCopied: readonly boolean[],
  b: Words,
  j: number,
  bCopied: readonly boolean[],
): number => {
  let length = 0;
  while (
    i + length < a.length &&
    j + length < b.length &&
    a[i + length] === b[j + length] &&
    aCopied[i + length] !== true &&
    bCopied[j + length] !== true
  )
    length += 1;
  return length;
};

type Copied = Truth['copied'];

/** How many words from each position on stand somewhere in a contribution, copied on neither side. */
const longestRuns = (
  words: Words,
  own: readonly boolean[],
  { contribution, items }: Contribution,
  copied: Copied,
): readonly number[] =>
  words.map((_, start) =>
    Math.max(
      0,
      ...items.flatMap((item, i) =>
        item.words.map((_word, pos) =>
          commonRun(words, start, own, item.words, pos, copied(contribution, i)),
        ),
      ),
    ),
  );

/** Rule 4: the positions in a window that their owner holds, and that another one brought independently. */
const sharedBy = (
  given: Case,
  owners: readonly (number | undefined)[],
  free: readonly number[],
  { own, copied }: { readonly own: readonly boolean[]; readonly copied: Copied },
): readonly boolean[] => {
  const { rules, contributions, output } = given;
  const { shared: areShared, sharedMax } = hasNobodys(given);
  const shared = output.words.map(() => false);
  if (!areShared) return shared;
  const eligible = contributions.filter((each) => each.eligible && !isOfDrawnOwner(given, each));
  const runs = new Map(eligible.map((each) => [each, longestRuns(output.words, own, each, copied)]));
  for (const first of eligible)
    for (const second of eligible) {
      if (!owners.includes(first.contribution) || !areIndependent(first, second)) continue;
      for (const start of output.words.keys()) {
        // The longest window from a position on has in it all others from there.
        const length = Math.min(
          sharedMax,
          rules.matchTokensMax,
          runs.get(first)?.[start] ?? 0,
          runs.get(second)?.[start] ?? 0,
        );
        const bits = (free[start + length] ?? 0) - (free[start] ?? 0);
        if (length < rules.matchTokensMin || bits < 256 * rules.matchBitsMin) continue;
        for (let t = start; t < start + length; t++) if (owners[t] === first.contribution) shared[t] = true;
      }
    }
  return shared;
};

export const truthOf = (given: Case): Truth => {
  const { contributions, rules, output, prompt, from, draw } = given;
  const marks = new Map(
    contributions.map((each) => [each.contribution, draw === undefined ? [] : copiedIn(each)]),
  );
  const own = draw === undefined ? [] : (marks.get(draw.contribution)?.[draw.item] ?? []).slice(from);
  const { words } = output;
  const info = oracleInformation(words, rules.version).map((bits, t) => (own[t] === true ? 0 : bits));

  const echoed = words.map(() => false);
  for (let i = 0; i < words.length; i++)
    for (let j = 0; j < prompt.words.length; j++) {
      const run = commonRun(words, i, [], prompt.words, j, []);
      if (run >= rules.promptMin) echoed.fill(true, i, i + run);
    }

  const free = [0];
  for (const [t, bits] of info.entries()) free.push((free[t] ?? 0) + (echoed[t] === true ? 0 : bits));
  const owners: (number | undefined)[] = words.map(() => undefined);
  for (const { contribution, items, eligible, commons, owner } of inOrder(given)) {
    if (!eligible || isOfDrawnOwner(given, { commons, owner })) continue;
    for (const [item, source] of items.entries()) {
      if (draw?.contribution === contribution && draw.item === item) continue;
      const copied = marks.get(contribution)?.[item] ?? [];
      for (let start = 0; start < words.length; start++)
        for (let pos = 0; pos < source.words.length; pos++) {
          if (words[start] !== source.words[pos]) continue;
          const length = Math.min(
            rules.matchTokensMax,
            commonRun(words, start, own, source.words, pos, copied),
          );
          const bits = (free[start + length] ?? 0) - (free[start] ?? 0);
          if (length < rules.matchTokensMin || bits < 256 * rules.matchBitsMin) continue;
          for (let t = start; t < start + length; t++) if (echoed[t] !== true) owners[t] ??= contribution;
        }
    }
  }
  const copied: Copied = (contribution, item) => marks.get(contribution)?.[item] ?? [];
  return { info, echoed, owners, shared: sharedBy(given, owners, free, { own, copied }), copied };
};

const covers = (start: number, end: number, t: number): boolean => start <= t && t < end;

/** @param borders - of the claim, ascending */
export const isTrue = (claim: Claim, given: Case, truth: Truth, borders: readonly number[]): boolean => {
  const { output, prompt, contributions, draw, from } = given;
  const { words } = output;
  for (const { start, end, place } of claim.x)
    for (let t = start; t < end; t++) if (words[t] !== prompt.words[place + t - start]) return false;
  const own = draw === undefined ? [] : truth.copied(draw.contribution, draw.item);
  for (const { start, end, contribution, item, pos } of [...claim.matches, ...claim.shared]) {
    const source = contributions.find((each) => each.contribution === contribution)?.items[item]?.words ?? [];
    const copied = truth.copied(contribution, item);
    for (let t = start; t < end; t++) {
      if (words[t] !== source[pos + t - start]) return false;
      if (copied[pos + t - start] === true || own[from + t] === true) return false;
    }
  }
  const order = inOrder(given);
  let sum = 0;
  let at = 0;
  for (const [i, border] of borders.entries()) {
    for (; at < border; at++) sum += truth.info[at] ?? 0;
    if (claim.info[i] !== sum) return false;
  }
  return words.every((_, t) => {
    const isEchoed = claim.x.some(({ start, end }) => covers(start, end, t));
    if (isEchoed !== truth.echoed[t]) return false;
    if (isEchoed) return true;
    const over = claim.matches.filter(({ start, end }) => covers(start, end, t));
    const claimed = order.find(({ contribution }) =>
      over.some((match) => match.contribution === contribution),
    )?.contribution;
    const isShared = claim.shared.some(
      ({ match, start, end }) => covers(start, end, t) && claim.matches[match]?.contribution === claimed,
    );
    // At the step before the bar a claim may leave matches out.
    if (claimed === undefined && draw?.complete === false) return true;
    return claimed === truth.owners[t] && isShared === truth.shared[t];
  });
};
