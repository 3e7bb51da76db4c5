import { readFileSync } from 'node:fs';
import { type Address, toHeight, ZERO_ADDRESS } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { Salted } from '../../../state/attribution/commitment.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { type Tokens, tokenAt } from '../../../state/attribution/tokens.ts';

type VectorFile =
  | 'pt1.jsonl'
  | 'trace.jsonl'
  | 'pt2.jsonl'
  | 'trace-2.jsonl'
  | 'shared-2.jsonl'
  | 'calibration-2.jsonl';

export const vectorLines = <T>(name: VectorFile): T[] =>
  readFileSync(new URL(`../../vectors/attribution/${name}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

export const tokensOf = (text: string, version: RulesVersion = RULES_DEFAULT): Tokens =>
  unwrap(rulesOf(version).tokenizeText(text));

/** A text as its commitment needs it. */
export const saltedOf = (text: string, salt: Uint8Array, version: RulesVersion = RULES_DEFAULT): Salted => ({
  tokens: tokensOf(text, version),
  source: utf8(text),
  salt,
});

/** An account by its name. */
export const addressOf = (name: string): Address => {
  const address = ZERO_ADDRESS.slice() as Address;
  address.set(utf8(name).subarray(0, 20));
  return address;
};

/** Who brought a contribution, by the name of the account. */
export const broughtBy = ({
  owner,
  commit,
  reveal,
}: {
  readonly owner: string;
  readonly commit: number;
  readonly reveal: number;
}): Brought => ({
  owner: addressOf(owner),
  commit: toHeight(BigInt(commit)),
  reveal: toHeight(BigInt(reveal)),
});

/** The tokens as strings, to look at. */
export const stringsOf = (tokens: Tokens): string[] =>
  Array.from({ length: tokens.count }, (_, i) => Buffer.from(tokenAt(tokens, i)).toString('utf8'));
