/** Traces texts to texts, in memory and without a chain. */
import type { InfoTable } from '../../state/attribution/info1.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { RULES_VERSIONS, rulesOf, type TextRules } from '../../state/attribution/rules.ts';
import type { Brought } from '../../state/attribution/shared.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import {
  ADDRESS,
  check,
  checkFields,
  INFO_TABLE,
  LIST,
  type Must,
  OBJECT,
  oneOf,
  optional,
  problemsOf,
  refuse,
  WHOLE_NUMBER,
} from '../lib/arguments.ts';
import { ok } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { type CorpusContribution, corpusOf } from './corpus.ts';
import { fail, type Result } from './errors.ts';
import { type Trace, type TraceRules, trace } from './tracer.ts';
import { withTrueNovelty } from './true-novelty.ts';

const tokensOf = (rules: TextRules, text: unknown, name: string): Result<Tokens> => {
  const tokens =
    typeof text === 'string'
      ? rules.tokenizeText(text)
      : fail('CORPUS_ROW', `must be a text, got a ${typeof text}`);
  return tokens.ok ? tokens : fail(tokens.fault.code, `${name}: ${tokens.fault.message}`, tokens.fault.data);
};

/**
 * Checks that ids are in the order of the commits: an index takes all after the first that was committed too late for
 * later ones. Fault `CORPUS_COMMITS`.
 */
const checkCommits = (contributions: readonly CorpusContribution[]): Result<void> => {
  let last: { readonly contribution: ContributionId; readonly commit: bigint } | undefined;
  for (const { contribution, brought } of contributions.toSorted((a, b) => a.contribution - b.contribution)) {
    if (brought === undefined) continue;
    const { commit } = brought;
    if (last !== undefined && commit < last.commit)
      return fail(
        'CORPUS_COMMITS',
        `contribution ${contribution} was committed at height ${commit}, before contribution ${last.contribution} at ${last.commit}`,
        { contribution, commit: commit.toString() },
      );
    last = { contribution, commit };
  }
  return ok(undefined);
};

/** A contribution with the texts of its items. */
export type ContributedTexts = {
  readonly contribution: ContributionId;
  readonly items: readonly string[];
  /** Whether it has no owner: it owns what is traced to it, and is paid nothing. */
  readonly commons?: boolean;
  /**
   * Who brought it, and the heights of the blocks with its commit and its reveal. By version 2 of the rules, nobody owns
   * what a contribution of another owner holds too that was committed no later than the first was revealed. A contribution
   * without this is independent of none. Ids are in the order of the commits. It has no meaning for a commons.
   */
  readonly brought?: Brought;
};

export type TextTracer = {
  /** Faults: `TEXT_LONE_SURROGATE` for text that has no UTF-8, `CORPUS_ROW` for what is no text. */
  readonly trace: (texts: { readonly prompt: string; readonly output: string }) => Result<Trace>;
};

const CONTRIBUTION = {
  contribution: WHOLE_NUMBER,
  items: LIST,
  commons: optional({ be: 'true or false', is: (value) => typeof value === 'boolean' }),
  brought: optional(OBJECT),
};
const HEIGHT: Must = { be: 'a height as a bigint', is: (value) => typeof value === 'bigint' };
const BROUGHT = { owner: ADDRESS, commit: HEIGHT, reveal: HEIGHT };
const RULES: Readonly<Record<keyof TraceRules, Must>> = {
  promptMin: WHOLE_NUMBER,
  matchTokensMin: WHOLE_NUMBER,
  matchTokensMax: WHOLE_NUMBER,
  matchBitsMin: WHOLE_NUMBER,
  version: oneOf(RULES_VERSIONS),
};

/**
 * Indexes the contributions, so that outputs can be traced to them. What is novel in each is told from those before it, as if
 * all were of one Datanet. Faults, with the contribution: `TEXT_LONE_SURROGATE`,
 * `CORPUS_ROW` for what is no text, `CORPUS_COMMITS` if ids are not in the order of the commits.
 *
 * @param table - {@link loadInfoTable} loads it
 * @param contributions - in any order; the one with the lowest id owns what several hold, but commons come first in
 *   version 2 of the rules
 * @param rules - those of a chain without changes, unless given
 */
export const createTextTracer = (
  table: InfoTable,
  contributions: readonly ContributedTexts[],
  rules: TraceRules = DEFAULT_PARAMETERS,
): Result<TextTracer> => {
  check('table', table, INFO_TABLE);
  check('contributions', contributions, LIST);
  refuse(contributions.flatMap((each, i) => problemsOf(`contributions.${i}`, each, CONTRIBUTION)));
  refuse(
    contributions.flatMap(({ brought }, i) =>
      brought === undefined ? [] : problemsOf(`contributions.${i}.brought`, brought, BROUGHT),
    ),
  );
  checkFields('rules', rules, RULES);
  const textRules = rulesOf(rules.version);
  const sources: CorpusContribution[] = [];
  for (const { contribution, items, commons: isCommons, brought } of contributions) {
    const tokens: Tokens[] = [];
    for (const [item, text] of items.entries()) {
      const each = tokensOf(textRules, text, `contribution ${contribution}, item ${item}`);
      if (!each.ok) return each;
      tokens.push(each.value);
    }
    sources.push({ contribution, items: tokens, brought: isCommons === true ? undefined : brought });
  }
  const inOrder = checkCommits(sources);
  if (!inOrder.ok) return inOrder;
  const commons = new Set(contributions.filter((each) => each.commons).map((each) => each.contribution));
  const { index, phrases } = corpusOf(withTrueNovelty(table, sources, rules.version), commons, rules);
  return ok({
    trace: (texts) => {
      check('texts', texts, OBJECT);
      const prompt = tokensOf(textRules, texts.prompt, 'prompt');
      if (!prompt.ok) return prompt;
      const output = tokensOf(textRules, texts.output, 'output');
      if (!output.ok) return output;
      return ok(trace(index, table, { prompt: prompt.value, output: output.value }, rules, commons, phrases));
    },
  });
};
