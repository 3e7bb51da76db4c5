/**
 * The checks of the settled receipts, as the chain holds them. Each check first counts how often its case occurred. A
 * check whose case never occurred has shown nothing, and fails.
 */

import { equal, toBareHex } from '../../src/lib/bytes.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { type Tokens, tokenAt } from '../../state/attribution/tokens.ts';

export type Check = {
  readonly name: string;
  /** The case in words, and how often it occurred. */
  readonly premise: string;
  readonly cases: number;
  readonly holds: boolean;
  /** The observed result. */
  readonly detail: string;
};

export const passes = (check: Check): boolean => check.cases > 0 && check.holds;

/** Positions [start, end) of an output that one contribution owns, and is or is not paid for. */
export type OwnedSpan = {
  readonly start: number;
  readonly end: number;
  readonly contribution: ContributionId;
  /** False for a span of the commons. */
  readonly paid: boolean;
};

/** A phrase [start, end) of an output that a chunk was picked for, and where it stands in the contribution. */
export type PickedPhrase = {
  readonly start: number;
  readonly end: number;
  readonly contribution: ContributionId;
  readonly item: number;
  readonly pos: number;
};

/** A settled receipt as it was read back. */
export type SettledReceipt = {
  readonly id: string;
  readonly prompt: Tokens;
  readonly output: Tokens;
  readonly spans: readonly OwnedSpan[];
  readonly phrases: readonly PickedPhrase[];
};

export type Run = { readonly start: number; readonly end: number };

/** Returns the places where the tokens of `part` occur in `text`, without overlap. */
export const occurrences = (text: Tokens, part: Tokens): readonly Run[] => {
  const runs: Run[] = [];
  if (part.count === 0) return runs;
  for (let start = 0; start + part.count <= text.count; start++) {
    let i = 0;
    while (i < part.count && equal(tokenAt(text, start + i), tokenAt(part, i))) i++;
    if (i < part.count) continue;
    runs.push({ start, end: start + part.count });
    start += part.count - 1;
  }
  return runs;
};

/**
 * Returns every run of at least `least` tokens that also stands in the prompt: rule 1 of attribution, implemented in
 * the plainest way.
 */
export const echoRuns = (output: Tokens, prompt: Tokens, least: number): readonly Run[] => {
  const words = (tokens: Tokens): string[] =>
    Array.from({ length: tokens.count }, (_, i) => toBareHex(tokenAt(tokens, i)));
  const gramsOf = (all: readonly string[]): string[] =>
    Array.from({ length: Math.max(0, all.length - least + 1) }, (_, i) => all.slice(i, i + least).join(' '));
  const asked = new Set(gramsOf(words(prompt)));
  const runs: { start: number; end: number }[] = [];
  for (const [start, gram] of gramsOf(words(output)).entries()) {
    if (!asked.has(gram)) continue;
    const last = runs.at(-1);
    if (last !== undefined && start <= last.end) last.end = start + least;
    else runs.push({ start, end: start + least });
  }
  return runs;
};

const meets = (a: Run, b: Run): boolean => a.start < b.end && b.start < a.end;

const spansOver = (receipt: SettledReceipt, runs: readonly Run[]): readonly OwnedSpan[] =>
  receipt.spans.filter((span) => runs.some((run) => meets(span, run)));

/** Returns the number of tokens in the runs that no span covers. */
const uncovered = (runs: readonly Run[], spans: readonly Run[]): number => {
  let count = 0;
  for (const { start, end } of runs)
    for (let t = start; t < end; t++) if (!spans.some((span) => span.start <= t && t < span.end)) count++;
  return count;
};

/** Returns the phrases of a receipt that lie wholly in one of the runs. */
const phrasesIn = ({ phrases }: SettledReceipt, runs: readonly Run[]): readonly PickedPhrase[] =>
  phrases.filter(({ start, end }) => runs.some((run) => run.start <= start && end <= run.end));

type Case = { readonly receipt: SettledReceipt; readonly runs: readonly Run[] };

const casesOf = (
  receipts: readonly SettledReceipt[],
  runsIn: (receipt: SettledReceipt) => readonly Run[],
): readonly Case[] =>
  receipts.map((receipt) => ({ receipt, runs: runsIn(receipt) })).filter(({ runs }) => runs.length > 0);

/** Checks that nobody is paid for a notice that is commons, whoever repeats it. */
export const commonsPaysNobody = (receipts: readonly SettledReceipt[], notice: Tokens): Check => {
  const cases = casesOf(receipts, ({ output }) => occurrences(output, notice));
  const paid = cases.filter(
    ({ receipt, runs }) =>
      spansOver(receipt, runs).some((span) => span.paid) || phrasesIn(receipt, runs).length > 0,
  );
  const free = cases.filter(({ receipt, runs }) => uncovered(runs, spansOver(receipt, runs)) > 0);
  return {
    name: 'the notice that is commons pays nobody',
    premise: 'receipts of datanet 2 whose output holds the notice',
    cases: cases.length,
    holds: paid.length === 0 && free.length === 0,
    detail:
      paid.length + free.length === 0
        ? 'the commons owns all of it, and nobody is paid for its words or phrases'
        : `${paid.length} paid somebody, ${free.length} left some of it to nobody`,
  };
};

/** Checks that for a notice that is not commons only the contributor who brought it first is paid. */
export const firstIsPaidForNotice = (
  receipts: readonly SettledReceipt[],
  notice: Tokens,
  first: number,
): Check => {
  const cases = casesOf(receipts, ({ output }) => occurrences(output, notice));
  const wrong = cases.filter(({ receipt, runs }) => {
    const spans = spansOver(receipt, runs);
    return (
      uncovered(runs, spans) > 0 ||
      spans.some((span) => !span.paid || span.contribution !== first) ||
      phrasesIn(receipt, runs).some(({ contribution }) => contribution !== first)
    );
  });
  return {
    name: 'without a commons, only the first is paid for the notice',
    premise: 'receipts of datanet 3 whose output holds the notice',
    cases: cases.length,
    holds: wrong.length === 0,
    detail: wrong.length === 0 ? `all of it paid to contribution ${first}` : `${wrong.length} went elsewhere`,
  };
};

/**
 * Checks that a clone with an appended word owns that word wherever it is repeated, and nothing else; and that it bears no phrase
 * without the word.
 * @param clone - its contribution id, and how many of its tokens count as novel
 */
export const cloneEarnsItsWord = (
  receipts: readonly SettledReceipt[],
  word: Tokens,
  {
    contribution: clone,
    novelTokens,
  }: { readonly contribution: ContributionId; readonly novelTokens: number },
): Check => {
  const cases = casesOf(receipts, ({ output }) => occurrences(output, word));
  const cloneSpans = receipts.flatMap((receipt) =>
    receipt.spans.filter(({ contribution }) => contribution === clone).map((span) => ({ receipt, span })),
  );
  const more = cloneSpans.filter(
    ({ receipt, span }) => uncovered([span], occurrences(receipt.output, word)) > 0,
  );
  const missed = cases.filter(
    ({ receipt, runs }) =>
      uncovered(
        runs,
        receipt.spans.filter(({ contribution }) => contribution === clone),
      ) > 0,
  );
  const phrases = receipts.flatMap((receipt) =>
    receipt.phrases
      .filter(({ contribution }) => contribution === clone)
      .map((phrase) => ({ receipt, phrase })),
  );
  const without = phrases.filter(
    ({ receipt, phrase }) =>
      !occurrences(receipt.output, word).some((run) => phrase.start <= run.start && run.end <= phrase.end),
  );
  return {
    name: 'a clone with a word appended earns by that word only',
    premise: 'receipts whose output holds the added word',
    cases: cases.length,
    holds: more.length === 0 && missed.length === 0 && without.length === 0 && novelTokens === word.count,
    detail:
      more.length + missed.length + without.length === 0
        ? `contribution ${clone} owns ${cloneSpans.length} spans, each the added word, and bears ${phrases.length} phrases, each with it; ${novelTokens} of its tokens is novel`
        : `${more.length} spans and ${without.length} phrases are of other words, ${missed.length} receipts do not pay the word`,
  };
};

/** Checks that text which an output repeats from its own prompt earns nothing. */
export const echoEarnsNothing = (receipts: readonly SettledReceipt[], least: number): Check => {
  const cases = casesOf(receipts, ({ output, prompt }) => echoRuns(output, prompt, least));
  const paid = cases.filter(
    ({ receipt, runs }) => spansOver(receipt, runs).length > 0 || phrasesIn(receipt, runs).length > 0,
  );
  const tokens = cases.flatMap(({ runs }) => runs).reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    name: 'prompt echo earns 0',
    premise: `receipts whose output repeats ${least} or more tokens of its prompt`,
    cases: cases.length,
    holds: paid.length === 0,
    detail:
      paid.length === 0
        ? `${tokens} echoed tokens, owned by nobody, and no phrase in them counts`
        : `${paid.length} paid for an echo`,
  };
};

/**
 * Checks that every phrase that a chunk was picked for stands in it, by the files that people contributed.
 * @param itemOf - an item of a contribution, as it was contributed
 */
export const phrasesStandInTheData = (
  receipts: readonly SettledReceipt[],
  itemOf: (contribution: ContributionId, item: number) => Tokens | undefined,
): Check => {
  const phrases = receipts.flatMap(({ output, phrases: own }) => own.map((phrase) => ({ output, phrase })));
  const wrong = phrases.filter(({ output, phrase: { start, end, contribution, item, pos } }) => {
    const tokens = itemOf(contribution, item);
    if (tokens === undefined || end <= start || pos + end - start > tokens.count) return true;
    for (let i = 0; i < end - start; i++)
      if (!equal(tokenAt(output, start + i), tokenAt(tokens, pos + i))) return true;
    return false;
  });
  const contributions = new Set(phrases.map(({ phrase }) => phrase.contribution)).size;
  return {
    name: 'every phrase that is paid for stands in the text that is paid for it',
    premise: 'phrases of picked chunks',
    cases: phrases.length,
    holds: wrong.length === 0,
    detail:
      wrong.length === 0
        ? `they stand in ${contributions} contributions, by the files of the people`
        : `${wrong.length} do not`,
  };
};
