/**
 * The versions of the rules of attribution (docs/attribution.md#versions). A version says what a token of a text is, and how
 * much information each one bears there. A Datanet has one version, and so has everything that draws on it.
 */
import { ok, type Result } from '../../src/lib/errors.ts';
import { fail } from '../../src/lib/lib-errors.ts';
import { mapped, type Ssz, uint8 } from '../../src/lib/ssz.ts';
import { INFO_MIN, type InfoTable, informationOf, informationOfNew } from './info1.ts';
import { PT1 } from './pt1.ts';
import { PT2 } from './pt2.ts';
import { type CodePoints, createTokenizer, type Tokenizer, type Tokens } from './tokens.ts';

export const RULES_VERSIONS = [1, 2] as const;
export type RulesVersion = (typeof RULES_VERSIONS)[number];

/** The version of a Datanet that names none. */
export const RULES_DEFAULT: RulesVersion = 2;

/** The version by which the commons of the chain is cut into tokens: what draws on it is of this version. */
export const CHAIN_COMMONS_RULES = 2 satisfies RulesVersion;

const knownVersion = (version: number): Result<RulesVersion> => {
  const known = RULES_VERSIONS.find((each) => each === version);
  return known === undefined
    ? fail('SSZ_RANGE', `there is no version ${version} of the rules of attribution`, { version })
    : ok(known);
};

/** One byte. JSON: the number. */
export const RulesVersionType: Ssz<RulesVersion> = mapped<number, RulesVersion>(
  uint8,
  { to: knownVersion, from: (version) => version },
  {
    schema: { type: 'integer', enum: RULES_VERSIONS },
    toJson: (version) => version,
    fromJson: (json) => {
      const version = uint8.fromJson(json);
      return version.ok ? knownVersion(version.value) : version;
    },
  },
);

/**
 * A token of version 2 that equals one of so many before it in its text bears no information. Otherwise a row of numbers, or
 * one word again and again, would bear as much as new text.
 */
const REPEAT_TOKENS = 7;

/** The most tokens of a shared run, so that a witness can open it in the output and in the items of both owners. */
export const SHARED_TOKENS_MAX = 128;
/** The same in a draw of a calibration, where a witness opens the passages over the three stretches too. */
export const DRAW_SHARED_TOKENS_MAX = 64;

/** What a version of the rules does with a text. */
export type TextRules = Tokenizer & {
  readonly version: RulesVersion;
  readonly codePoints: CodePoints;
  /** The number of tokens before a token that decide, with it, how much information it bears. */
  readonly context: number;
  /** The least information of a token, in Q8 bits. */
  readonly infoMin: number;
  /** Whether a commons comes before all contributions whatever its id. */
  readonly commonsFirst: boolean;
  /**
   * The most tokens of a shared run: what several owners brought independently is nobody's. It is 0 if the rules know no
   * shared runs.
   */
  readonly sharedTokensMax: number;
  /**
   * What a stretch of a drawn item is not traced to in a calibration: the item itself, or everything that its owner has
   * contributed.
   */
  readonly excluded: 'item' | 'owner';
  /** Whether a draw of a calibration weighs as much as its information, or all weigh the same and accounts are bounded. */
  readonly drawsWeigh: 'information' | 'same';
  /** Returns the information of every token of a text, in Q8 bits. */
  readonly informationOf: (table: InfoTable, tokens: Tokens) => Uint16Array;
};

/** What the rules of a claim say about it, whatever its texts are. */
export type ClaimRules = Pick<TextRules, 'infoMin' | 'commonsFirst' | 'sharedTokensMax'>;

/** The rules of a text, and the table that gives its tokens their information. */
export type Weighing = { readonly rules: TextRules; readonly table: InfoTable };

const RULES: Readonly<Record<RulesVersion, TextRules>> = {
  1: {
    ...createTokenizer(PT1),
    version: 1,
    codePoints: PT1,
    context: 0,
    infoMin: INFO_MIN,
    commonsFirst: false,
    sharedTokensMax: 0,
    excluded: 'item',
    drawsWeigh: 'information',
    informationOf,
  },
  2: {
    ...createTokenizer(PT2),
    version: 2,
    codePoints: PT2,
    context: REPEAT_TOKENS,
    infoMin: 0,
    commonsFirst: true,
    sharedTokensMax: SHARED_TOKENS_MAX,
    excluded: 'owner',
    drawsWeigh: 'same',
    informationOf: (table, tokens) => informationOfNew(table, tokens, REPEAT_TOKENS),
  },
};

export const rulesOf = (version: RulesVersion): TextRules => RULES[version];

/** Returns the rules of a draw of a calibration: some of its tokens do not count, and its shared runs are shorter. */
export const rulesOfDraw = <R extends ClaimRules>(rules: R): R => ({
  ...rules,
  infoMin: 0,
  sharedTokensMax: Math.min(rules.sharedTokensMax, DRAW_SHARED_TOKENS_MAX),
});
