/**
 * Finds out which texts an answer repeats, without a chain or a node: only `openledger/attribution` and its table
 * `info-1.bin`. The rules are those by which the chain pays.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type Attribution,
  type AttributionParameters,
  type Claim,
  CodedError,
  type ContributedTexts,
  type ContributionId,
  createTextTracer,
  DEFAULT_PARAMETERS,
  decodeInfoTable,
  type Echo,
  type Fault,
  INFO1_HASH,
  type InfoTable,
  type InfoTableSource,
  type LocatedTokens,
  loadInfoTable,
  type Match,
  type Result,
  type RulesVersion,
  rulesOf,
  type TextRules,
  type TextTracer,
  type Tokens,
  type Trace,
  type TraceRules,
  tokenAt,
  unwrap,
} from 'openledger/attribution';

const river: ContributionId = 1;
const licence: ContributionId = 2;
const contributions: readonly ContributedTexts[] = [
  {
    contribution: river,
    items: [
      'It rises in the karst below Jabuka mountain, far above Konjic, as a cold brook between old beeches.',
    ],
  },
  // A commons has no owner: what repeats it is nobody's, and nobody is paid for it.
  {
    contribution: licence,
    items: ['Permission is hereby granted, free of charge, to any person obtaining a copy of this software.'],
    commons: true,
  },
];

const table: InfoTable = await loadInfoTable();
const limits: AttributionParameters = DEFAULT_PARAMETERS;
// A Datanet says by which version of the rules its texts are cut into tokens.
const version: RulesVersion = 2;
const textRules: TextRules = rulesOf(version);
const rules: TraceRules = { ...limits, version, matchBitsMin: 96 };
const tracer: TextTracer = unwrap(createTextTracer(table, contributions, rules));

const prompt = 'Say where the Neretva rises, in the words of people who live there, and say it as they do.';
const output =
  'In the words of people who live there, and say it: It rises in the karst below Jabuka mountain, far above Konjic, ' +
  'as a cold brook between old beeches. That is all.';
const trace: Trace = unwrap(tracer.trace({ prompt, output }));
const { spans, scores, excluded, coverageBps }: Attribution = trace.attribution;

// Places are tokens. Located tokens also know their bytes in the text, to show and colour it.
const bytes = new TextEncoder().encode(output);
const located: LocatedTokens = unwrap(textRules.tokenizeLocated(bytes));
const words = (start: number, end: number): string =>
  new TextDecoder().decode(bytes.subarray(located.starts[start], located.ends[end - 1]));
for (const { start, end, contribution, score } of spans)
  console.log(`${(score / 256).toFixed(0)} bits of contribution ${contribution}: "${words(start, end)}"`);
for (const { start, end } of excluded) console.log(`an echo of the prompt: "${words(start, end)}"`);
console.log(`${(coverageBps / 100).toFixed(2)} % of the answer is explained`);
assert.deepEqual(
  scores.map(({ contribution }) => contribution),
  [river],
);

// The evidence that an attestor would send for this answer. Owners and scores follow from it.
const { matches, x }: Claim = trace.claim;
const [match]: readonly Match[] = matches;
const [echo]: readonly Echo[] = x;
assert.equal(match?.contribution, river);
assert.equal(echo?.end, excluded[0]?.end);

// What the shares are made of: tokens, and the information of each in units of 1/256 bit.
const tokens: Tokens = unwrap(textRules.tokenizeText(output));
const information = textRules.informationOf(table, tokens);
assert.equal(
  information.reduce((sum, each) => sum + each, 0),
  trace.attribution.total,
);
assert.equal(new TextDecoder().decode(tokenAt(tokens, 0)), 'in');

// The table is a file of 128 KiB that may come from elsewhere. Another file than that of the protocol is refused.
const source: InfoTableSource = await readFile(fileURLToPath(import.meta.resolve('openledger/info-1.bin')));
assert.deepEqual(await loadInfoTable(source), table);
const decoded: Result<InfoTable> = decodeInfoTable(source.subarray(1));
const refused: Fault | undefined = decoded.ok ? undefined : decoded.fault;
assert.equal(refused?.code, 'INFO1_HASH');
assert.equal(INFO1_HASH.length, 32);

// Expected bad input is returned. unwrap throws it, with its code.
assert.throws(
  () => unwrap(textRules.tokenize(Uint8Array.of(0xff))),
  (error) => error instanceof CodedError && error.code === 'TEXT_UTF8_INVALID',
);
