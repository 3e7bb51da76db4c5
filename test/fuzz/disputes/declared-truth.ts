/** What is false in a declaration, by brute force from docs/attribution.md#declarations and the words alone. */
import { derivePassages } from '../../../state/attribution/declaration.ts';
import { oracleInformation } from '../../oracle/oracle.ts';
import type { Words } from '../attribution/texts.ts';
import type { DeclaredCase } from './declared-cases.ts';

export type Falsehoods = {
  /** Anything that voids the contribution. */
  readonly voiding: boolean;
  /** Indices of novel runs that hold what is not novel, whether struck already or not. */
  readonly runs: ReadonlySet<number>;
  /** Indices of passages not declared copied that hold what is. */
  readonly passages: ReadonlySet<number>;
};

type Stretch = { readonly start: number; readonly end: number };

/** The longest stretches of `words` that stand in `source`. */
const commonRuns = function* (words: Words, source: Words): Generator<Stretch> {
  for (let shift = -source.length; shift < words.length; shift++) {
    let start = -1;
    for (let t = 0; t <= words.length; t++) {
      const equal =
        t < words.length && t - shift >= 0 && t - shift < source.length && words[t] === source[t - shift];
      if (equal && start < 0) start = t;
      if (!equal && start >= 0) {
        yield { start, end: t };
        start = -1;
      }
    }
  }
};

const meets = (a: Stretch, b: Stretch): boolean => a.start < b.end && b.start < a.end;

/** Positions of an item that a match with one of the sources covers, and those that are copied from one. */
const marks = (words: Words, sources: readonly Words[], { rules }: DeclaredCase) => {
  const matched = words.map(() => false);
  const copied = words.map(() => false);
  const bits = oracleInformation(words, rules.version);
  for (const source of sources)
    for (const { start, end } of commonRuns(words, source)) {
      if (end - start >= rules.copyMin) copied.fill(true, start, end);
      const length = Math.min(rules.matchTokensMax, end - start);
      if (length < rules.matchTokensMin) continue;
      // Of all windows that cover a position the longest bear most.
      for (let from = start; from + length <= end; from++) {
        let sum = 0;
        for (let t = from; t < from + length; t++) sum += bits[t] ?? 0;
        if (sum >= 256 * rules.matchBitsMin) matched.fill(true, from, from + length);
      }
    }
  return { matched, copied };
};

const isShaped = ({ own, declaration }: DeclaredCase): boolean => {
  const { passages } = derivePassages(declaration);
  return own.items.every(({ words, promptTokens }, item) => {
    const over = passages.filter((passage) => passage.item === item);
    const end = Math.max(0, ...over.map((passage) => passage.end));
    const isBeside = over.some(
      (passage) =>
        (passage.type === 'prompt' && passage.end > promptTokens) ||
        (passage.type === 'data' && passage.start < promptTokens),
    );
    return end === words.length && !isBeside;
  });
};

const isCopiedRight = ({ own, contributions, declaration }: DeclaredCase): boolean =>
  declaration.copied.every(({ item, start, end, contribution, sourceItem, sourcePos }) => {
    const words = own.items[item]?.words ?? [];
    const source =
      contributions.find((each) => each.contribution === contribution)?.items[sourceItem]?.words ?? [];
    for (let t = start; t < end; t++)
      if (words[t] === undefined || words[t] !== source[sourcePos + t - start]) return false;
    return true;
  });

export const falsehoodsOf = (given: DeclaredCase): Falsehoods => {
  const { own, contributions, declaration, itemCount, outputs, rules } = given;
  const runs = new Set<number>();
  const passages = new Set<number>();
  for (const [item, { words }] of own.items.entries()) {
    const sources = contributions
      .filter(({ contribution, revealed }) => contribution < own.contribution && revealed)
      .flatMap((each) => each.items)
      .concat(own.items.slice(0, item));
    const { matched, copied } = marks(
      words,
      sources.map((source) => source.words),
      given,
    );
    const harvested = words.map(() => false);
    for (const { output, before } of outputs)
      for (const { start, end } of before ? commonRuns(words, output.words) : [])
        if (end - start >= rules.copyMin) harvested.fill(true, start, end);
    for (const [i, run] of declaration.novelRuns.entries())
      if (
        run.item === item &&
        words.some((_, t) => meets(run, { start: t, end: t + 1 }) && (matched[t] || harvested[t]))
      )
        runs.add(i);
    for (const [i, passage] of derivePassages(declaration).passages.entries())
      if (
        passage.item === item &&
        passage.type !== 'copied' &&
        copied.slice(passage.start, passage.end).includes(true)
      )
        passages.add(i);
  }
  return {
    voiding: itemCount !== own.items.length || !isShaped(given) || !isCopiedRight(given),
    runs,
    passages,
  };
};
