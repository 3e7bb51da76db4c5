/** The rules of tokens and of their information whose effect is measured, by version. */

import { infoTable } from '../../../src/attribution/info-table.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { informationOf } from '../../../state/attribution/info1.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import { type LocatedTokens, type Tokens, tokenAt } from '../../../state/attribution/tokens.ts';
import { tokenizerOf, type Variant } from './tokens.ts';

export type Rules = {
  readonly name: string;
  readonly version: RulesVersion;
  readonly tokens: (text: string) => LocatedTokens;
  /** Returns the information of each token, in Q8 bits. */
  readonly information: (tokens: Tokens) => Uint16Array;
};

/**
 * Returns the information of each token, which is 0 if the token equals one of the `back` tokens before it.
 */
export const informationWithoutRepeats = (tokens: Tokens, back: number): Uint16Array => {
  const info = informationOf(infoTable(), tokens);
  for (let i = 0; i < tokens.count; i++)
    for (let j = Math.max(0, i - back); j < i; j++)
      if (equal(tokenAt(tokens, i), tokenAt(tokens, j))) {
        info[i] = 0;
        break;
      }
  return info;
};

export const rulesOf = (name: string, version: RulesVersion, variant: Variant, back: number): Rules => ({
  name,
  version,
  tokens: tokenizerOf(variant),
  information: (tokens) => informationWithoutRepeats(tokens, back),
});

/** A token that equals one of this many before it bears nothing, in version 2. */
const REPEATS = 7;

const OPERATORS = '+-*/%=<>!&|^~';

export const VERSION_1: Rules = rulesOf('version 1', 1, { marks: false }, 0);
export const VERSION_2: Rules = rulesOf('version 2', 2, { marks: true }, REPEATS);

/** Version 2, and what else it could have been. */
export const CANDIDATES: readonly Rules[] = [
  VERSION_1,
  rulesOf('tokens of version 1, 7 repeats', 1, { marks: false }, REPEATS),
  rulesOf('marks, no repeats', 2, { marks: true }, 0),
  rulesOf('marks, 2 repeats', 2, { marks: true }, 2),
  VERSION_2,
  rulesOf('marks, `_` a letter', 2, { marks: true, letters: '_' }, REPEATS),
  rulesOf('marks, operators are tokens', 2, { marks: true, operators: OPERATORS }, REPEATS),
  rulesOf('marks, camelCase is cut', 2, { marks: true, camel: true }, REPEATS),
];
