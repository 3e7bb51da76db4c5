/** `openledger trace`: which files an output can be traced to, by the rules of attribution, without a chain. */
import type { Command } from 'commander';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { RULES_DEFAULT, RULES_VERSIONS, rulesOf, type TextRules } from '../../state/attribution/rules.ts';
import type { LocatedTokens } from '../../state/attribution/tokens.ts';
import { traceTexts } from '../attribution/attestor.ts';
import { corpusOf } from '../attribution/corpus.ts';
import { readBytes, readCorpus } from '../attribution/corpus-files.ts';
import { infoTable } from '../attribution/info-table.ts';
import type { Trace } from '../attribution/tracer.ts';
import { withTrueNovelty } from '../attribution/true-novelty.ts';
import { failWith, ok, type Result, unwrap } from '../lib/errors.ts';
import { printableJson } from '../lib/printable.ts';
import { readUtf8 } from '../lib/text.ts';
import { fail } from './errors.ts';
import { printStyled } from './output.ts';
import { renderTrace } from './trace-view.ts';

type Options = {
  readonly corpus: readonly string[];
  readonly prompt: string;
  readonly output: string;
  readonly imin: string;
  readonly rules: string;
  readonly field?: string;
  readonly json?: true;
};

/** Information is compared in units of 1/256 bit, so any decimal is as good as an integer. */
const BITS = /^[0-9]+(?:\.[0-9]+)?$/;

const readTokens = (
  path: string,
  { tokenizeLocated }: TextRules,
): Result<{ readonly bytes: Uint8Array; readonly tokens: LocatedTokens }> => {
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  // Their place is said as that in every other file: the tokens count bytes of the whole text only.
  const text = readUtf8(bytes.value, 'keep');
  if (!text.ok) return failWith({ ...text.fault, message: `${path}: ${text.fault.message}` });
  const tokens = tokenizeLocated(bytes.value);
  if (!tokens.ok) return fail(tokens.fault.code, `${path}: ${tokens.fault.message}`, tokens.fault.data);
  return ok({ bytes: bytes.value, tokens: tokens.value });
};

/** The object of `--json`. */
const toJson = (tokens: number, { claim, attribution, sections }: Trace): unknown => ({
  tokens,
  excluded: attribution.excluded.map(({ start, end }) => [start, end]),
  spans: attribution.spans,
  matches: claim.matches,
  scores: attribution.scores,
  total: attribution.total,
  covered: attribution.covered,
  coverageBps: attribution.coverageBps,
  sections,
});

const traceFiles = (options: Options): Result<string> => {
  if (!BITS.test(options.imin))
    return fail(
      'IMIN_INVALID',
      `--imin takes a number of bits of 0 or more, not ${JSON.stringify(options.imin)}`,
    );
  const version = RULES_VERSIONS.find((each) => String(each) === options.rules);
  if (version === undefined)
    return fail(
      'RULES_INVALID',
      `--rules takes one of ${RULES_VERSIONS.join(', ')}, not ${JSON.stringify(options.rules)}`,
    );
  const textRules = rulesOf(version);
  const corpus = readCorpus(options.corpus, { rules: textRules, field: options.field });
  if (!corpus.ok) return corpus;
  const prompt = readTokens(options.prompt, textRules);
  if (!prompt.ok) return prompt;
  const output = readTokens(options.output, textRules);
  if (!output.ok) return output;

  const rules = { ...DEFAULT_PARAMETERS, version, matchBitsMin: Number(options.imin) };
  const contributions = corpus.value.map(({ items }, contribution) => ({ contribution, items }));
  const traced = traceTexts(
    corpusOf(withTrueNovelty(infoTable(), contributions, version), new Set(), rules),
    { output: output.value.tokens, prompt: prompt.value.tokens },
    rules,
  );
  if (options.json) return ok(printableJson(JSON.stringify(toJson(output.value.tokens.count, traced))));
  const sources = corpus.value.map(({ source }) => source);
  return ok(renderTrace(output.value.bytes, output.value.tokens, traced, textRules, sources));
};

export const registerTrace = (program: Command): void => {
  program
    .command('trace')
    .description('trace an output to the contributions it repeats, without a chain')
    .requiredOption(
      '--corpus <path...>',
      'contributions, in order: the rows of files ending in .jsonl, and every other file as one item',
    )
    .requiredOption('--prompt <file>', 'the prompt: what the output echoes of it earns nothing')
    .requiredOption('--output <file>', 'the output to trace')
    .option(
      '--imin <bits>',
      'information a match must bear outside of the echo',
      String(DEFAULT_PARAMETERS.matchBitsMin),
    )
    .option('--rules <version>', 'the version of the rules of attribution', String(RULES_DEFAULT))
    .option('--field <name>', 'field of a .jsonl row: a string is one item, an array of strings several')
    .option('--json', 'print one JSON object')
    .action((options: Options) => printStyled(unwrap(traceFiles(options))));
};
