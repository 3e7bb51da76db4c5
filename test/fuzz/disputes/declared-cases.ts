/** Cases for disputes over what a contribution declares, each grown from one number: one Datanet, and what was put out. */

import { declare } from '../../../src/attribution/declaration.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { DatanetIndex, type NoveltyRules } from '../../../src/attribution/novelty.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import {
  type CopiedRun,
  checkDeclaration,
  type Declaration,
  derivePassages,
} from '../../../state/attribution/declaration.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import { type Words, type Writer, writerOf } from '../attribution/texts.ts';
import { type Item, itemOf } from './cases.ts';

/** Of the Datanet; `revealed` is false for one that nobody can cite yet. */
export type Revealed = {
  readonly contribution: ContributionId;
  readonly items: readonly Item[];
  readonly revealed: boolean;
};

export type PutOut = {
  readonly batch: Root;
  readonly index: number;
  readonly output: Item;
  /** Receipted before the contribution was committed. */
  readonly before: boolean;
};

export type DeclaredCase = {
  readonly rules: NoveltyRules;
  /** By contribution id, the one that declares among them. */
  readonly contributions: readonly Revealed[];
  readonly own: Revealed;
  /** As it declares it; the true number is that of its items. */
  readonly itemCount: number;
  readonly declaration: Declaration;
  readonly struckPassages: ReadonlySet<number>;
  readonly struckRuns: ReadonlySet<number>;
  /** In the order of their blocks. */
  readonly outputs: readonly PutOut[];
};

const nudged = (random: Random, value: number): number => Math.max(0, value + random(7) - 3);
const placeOf = (random: Random, all: readonly unknown[]): number => random(Math.max(1, all.length));

type Change = (declared: Declaration, random: Random) => Declaration;

const onCopied =
  (change: (run: CopiedRun, random: Random) => readonly CopiedRun[]): Change =>
  (declared, random) => {
    const at = placeOf(random, declared.copied);
    return {
      ...declared,
      copied: declared.copied.flatMap((run, i) => (i === at ? change(run, random) : [run])),
    };
  };

const CHANGES: readonly Change[] = [
  onCopied(() => []),
  onCopied(() => []),
  (declared) => ({ ...declared, copied: [] }),
  onCopied((run, random) => [{ ...run, start: nudged(random, run.start) }]),
  onCopied((run, random) => [{ ...run, end: nudged(random, run.end) }]),
  onCopied((run, random) => [{ ...run, sourcePos: nudged(random, run.sourcePos) }]),
  onCopied((run, random) => [{ ...run, sourceItem: random(3) }]),
  (declared, random) => {
    const item = placeOf(random, declared.shapes);
    const shape = declared.shapes[item];
    if (shape === undefined) return declared;
    const changed =
      random(2) === 0
        ? { ...shape, tokens: nudged(random, shape.tokens) }
        : { ...shape, promptTokens: random(shape.tokens + 1) };
    return { ...declared, shapes: declared.shapes.with(item, changed) };
  },
  // More of it new than is.
  (declared, random) => {
    const at = placeOf(random, declared.novelRuns);
    return {
      ...declared,
      novelRuns: declared.novelRuns.map((run, i) =>
        i === at ? { ...run, start: nudged(random, run.start), end: nudged(random, run.end) } : run,
      ),
    };
  },
  (declared) => ({
    ...declared,
    novelRuns: declared.shapes.map(({ tokens }, item) => ({ item, start: 0, end: tokens })),
  }),
];

const tokensIn = ({ shapes }: Declaration): bigint =>
  BigInt(shapes.reduce((sum, { tokens }) => sum + tokens, 0));

/** A declaration that the chain takes in, true or changed in a place or two. */
const declared = (
  random: Random,
  honest: Declaration,
  contribution: ContributionId,
  { copyMin, contributions }: { readonly copyMin: number; readonly contributions: readonly Revealed[] },
): Declaration => {
  const isThere = (run: CopiedRun): boolean =>
    run.contribution === contribution ||
    contributions.some(
      (each) => each.contribution === run.contribution && each.revealed && run.sourceItem < each.items.length,
    );
  let changed = honest;
  for (let i = random(3); i > 0; i--) {
    const next = pick(random, CHANGES)(changed, random);
    const isTaken = checkDeclaration(next, { contribution, tokens: tokensIn(next), copyMin }) === undefined;
    if (isTaken && next.copied.every(isThere)) changed = next;
  }
  return changed;
};

const cut = (random: Random, text: Words, most: number): Words => {
  const start = random(2) === 0 ? 0 : random(text.length + 1);
  return text.slice(start, start + 1 + random(most));
};

const textOf = (
  random: Random,
  writer: Writer,
  earlier: readonly Words[],
  size: number,
  copyMin: number,
): Words => {
  if (earlier.length === 0 || random(3) === 0) return writer.text(1 + random(size));
  const pieces = times(1 + random(3), () => {
    const source = pick(random, earlier);
    // Whole, cut anywhere, or just as long as what counts as copied, or one token shorter.
    const lengths = [source.length, random(size), random(size), copyMin, copyMin - 1];
    const from = random(2) === 0 ? 0 : random(source.length + 1);
    return [...times(random(5), writer.letter), ...source.slice(from, from + pick(random, lengths))];
  });
  return pieces.flat();
};

export const declaredCaseOf = (seed: number): DeclaredCase => {
  const random = randomFrom(seed);
  const writer = writerOf(random);
  const size = random(10) === 0 ? 150 : 20 + random(60);
  const matchTokensMin = pick(random, [8, 8, 9, 12] as const);
  const version = pick(random, [1, 2, 2] as const);
  const rules: NoveltyRules = {
    version,
    matchTokensMin,
    matchTokensMax: random(3) > 0 ? 256 : matchTokensMin + random(20),
    matchBitsMin: random(3) > 0 ? random(5 * size) : 96,
    copyMin: pick(random, [16, 16, 8, 20] as const),
  };
  const earlier: Words[] = [];
  const count = 1 + random(5);
  const ownAt = random(3) > 0 ? count - 1 : random(count);
  const contributions = times(count, (i): Revealed => {
    const texts = times(1 + random(3), () => {
      const words = textOf(random, writer, earlier, size, rules.copyMin);
      earlier.push(words);
      return words;
    });
    const items = texts
      .map((words) => itemOf(words.join(writer.glue), version, random(3) === 0 ? random(30) : 0))
      .filter(({ tokens }) => tokens.count > 0);
    return { contribution: 3 + 2 * i, items, revealed: i === ownAt || random(6) > 0 };
  });
  const own = contributions[ownAt] ?? { contribution: 3, items: [], revealed: true };
  const outputs = times(random(3), (index): PutOut => {
    const text = cut(random, pick(random, earlier), size).join(writer.glue);
    return {
      batch: sha256(Uint8Array.of(index)),
      index,
      output: itemOf(text, version),
      before: random(3) > 0,
    };
  }).toSorted((a, b) => Number(b.before) - Number(a.before));
  const index = new DatanetIndex(infoTable(), rules);
  for (const { contribution, items, revealed } of contributions)
    if (contribution < own.contribution && revealed)
      for (const [item, { tokens }] of items.entries()) index.add(contribution, item, tokens);
  const honest = declare(index, own.contribution, own.items);
  const declaration = declared(random, honest, own.contribution, { ...rules, contributions });
  return {
    rules,
    contributions,
    own,
    itemCount: random(16) === 0 ? own.items.length + 1 : own.items.length,
    declaration,
    struckPassages:
      random(4) === 0 ? new Set([placeOf(random, derivePassages(declaration).passages)]) : new Set(),
    struckRuns: random(4) === 0 ? new Set([placeOf(random, declaration.novelRuns)]) : new Set(),
    outputs,
  };
};
